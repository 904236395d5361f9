//! Models over many machines: what the attribute says of a field, a layer and a role, and whatever holds the weights.

use half::bf16;
use ndarray::{Array2, Axis, arr2};
use regularize::distributed::{self, Distributed, Partials, Replicas, Shard};
use regularize::extend::{
    Each, EachMut, Path, RegularizeWith, Regularizer, ShapeError, Visit, VisitWith, Weight, visit,
    visit_with,
};
use regularize::role;
use regularize::{Error, ErrorKind, L2, Regularize, State};
use std::num::NonZero;
use std::rc::Rc;

fn shard(index: u32, of: u32) -> Shard {
    Shard::new(index, of).unwrap()
}

/// The partials of one shard after the other.
fn merged<L: Regularize>(shards: &[L]) -> Partials {
    let of = shards.len() as u32;
    let each = (0..).zip(shards);
    let partials = each.map(|(index, model)| model.partials(shard(index, of)).unwrap());
    partials
        .reduce(|mut left, right| {
            left.merge(&right).unwrap();
            left
        })
        .unwrap()
}

/// The paths, and whether they are sharded.
fn layout(partials: &Partials) -> Vec<(&str, bool)> {
    let each = partials.iter();
    each.map(|(path, partial)| (path, partial.is_sharded()))
        .collect()
}

struct Linear {
    weight: Vec<f32>,
}

impl Weight<role::kernel> for Linear {
    type Tensor = [f32];

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
        self.weight.each_tensor(&at.field("kernel"), f)
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, [f32]>) -> Result<(), Error> {
        self.weight.each_tensor_mut(&at.field("kernel"), f)
    }
}

#[derive(Regularize)]
#[regularize(sharded, kernel = l2(0.5))]
struct Spread {
    kernel: Vec<f32>,
}

#[derive(Regularize)]
struct Copied {
    #[regularize(l2(0.5))]
    kernel: Vec<f32>,
}

#[derive(Regularize)]
enum Head {
    Spread(#[regularize(l1(0.5), sharded)] Vec<f32>),
    Copied(#[regularize(l1(0.5))] Vec<f32>),
}

#[derive(Regularize)]
#[regularize(above = l1(0.25))]
struct Model {
    #[regularize(nested)]
    spread: Spread,
    #[regularize(nested)]
    copied: Copied,
    #[regularize(nested, sharded)]
    by_field: Vec<Copied>,
    #[regularize(sharded)]
    above: Vec<f32>,
    #[regularize(kernel = l2(0.5), sharded)]
    role: Linear,
    #[regularize(nested)]
    heads: [Head; 2],
    #[regularize(l2(0.5), trainable = false, sharded)]
    frozen: Vec<f32>,
    #[regularize(self.none, sharded)]
    unregularized: Vec<f32>,
    none: Option<L2>,
    #[regularize(self.some, sharded)]
    regularized: Vec<f32>,
    some: Option<L2>,
}

fn model(x: f32) -> Model {
    Model {
        spread: Spread { kernel: vec![x] },
        copied: Copied { kernel: vec![2.0] },
        by_field: vec![
            Copied {
                kernel: vec![x, 1.0],
            },
            Copied { kernel: vec![] },
        ],
        above: vec![x],
        role: Linear { weight: vec![x] },
        heads: [Head::Spread(vec![x]), Head::Copied(vec![-2.0])],
        frozen: vec![x],
        unregularized: vec![x],
        none: None,
        regularized: vec![x],
        some: Some(regularize::l2(1.0)),
    }
}

#[test]
fn what_is_sharded_is_said_of_a_field_a_layer_and_a_role() {
    let models = [model(1.0), model(3.0)];
    let whole = merged(&models);
    assert_eq!(
        layout(&whole),
        [
            ("spread.kernel", true),
            ("copied.kernel", false),
            ("by_field.0.kernel", true),
            ("by_field.1.kernel", true),
            ("above", true),
            ("role.kernel", true),
            ("heads.0.0", true),
            ("heads.1.0", false),
            ("regularized", true),
        ]
    );
    for model in &models {
        let losses = model.losses_of(&whole).unwrap();
        let expected = [
            ("spread.kernel", 0.5 * 10.0),
            ("copied.kernel", 0.5 * 4.0),
            ("by_field.0.kernel", 0.5 * 12.0),
            ("by_field.1.kernel", 0.0),
            ("above", 0.25 * 4.0),
            ("role.kernel", 0.5 * 10.0),
            ("heads.0.0", 0.5 * 4.0),
            ("heads.1.0", 0.5 * 2.0),
            ("regularized", 10.0),
        ];
        assert!(
            losses
                .iter()
                .eq(expected.iter().map(|(name, loss)| (*name, loss)))
        );
    }
    // A shard's own losses are those of its part.
    assert_eq!(models[0].losses().get("spread.kernel"), Some(&0.5));
}

#[test]
fn a_report_of_all_has_the_numbers_of_all() {
    let models = [model(0.0), model(3.0)];
    let report = models[1].report_of(&merged(&models)).unwrap();
    let row = |path: &str| report.rows().iter().find(|row| row.path() == path).unwrap();
    let counts = |path| (row(path).count().zeros, row(path).count().len);
    assert_eq!(counts("spread.kernel"), (1, 2));
    assert_eq!(counts("copied.kernel"), (0, 1));
    assert_eq!(counts("by_field.0.kernel"), (1, 4));
    assert_eq!(
        (row("frozen").state(), counts("frozen")),
        (&State::Frozen, (0, 1))
    );
    assert_eq!(
        report.total(),
        f64::from(models[0].losses_of(&merged(&models)).unwrap().total())
    );
    assert!(report.to_string().contains("by_field.0.kernel  l2(0.5)"));
}

#[derive(Regularize)]
struct Tied {
    #[regularize(l1(0.5), sharded)]
    encoder: Rc<Vec<f32>>,
    #[regularize(l1(0.5), sharded)]
    decoder: Rc<Vec<f32>>,
}

/// At its first place on every shard.
#[test]
fn a_shared_weight_has_one_partial() {
    let tied = |x| {
        let weight = Rc::new(vec![x]);
        Tied {
            encoder: Rc::clone(&weight),
            decoder: weight,
        }
    };
    let models = [tied(1.0), tied(2.0)];
    let whole = merged(&models);
    assert_eq!(layout(&whole), [("encoder", true)]);
    assert!(
        models[0]
            .losses_of(&whole)
            .unwrap()
            .iter()
            .eq([("encoder", &1.5)])
    );
    let report = models[0].report_of(&whole).unwrap();
    assert!(matches!(report.rows()[1].state(), State::Shared { .. }));
    assert_eq!(report.count().len, 2);
}

#[derive(Regularize)]
struct TiedToAPart {
    #[regularize(l1(0.5), sharded)]
    encoder: Rc<Vec<f32>>,
    #[regularize(l1(0.5))]
    decoder: Rc<Vec<f32>>,
}

#[test]
fn a_shared_weight_is_sharded_at_both_places_or_at_none() {
    let weight = Rc::new(vec![1.0]);
    let model = TiedToAPart {
        encoder: Rc::clone(&weight),
        decoder: weight,
    };
    assert_eq!(
        model.partials(shard(0, 2)).unwrap_err().to_string(),
        "decoder: this weight is shared with `encoder`, where its regularizer is `l1(0.5), sharded`; `l1(0.5)` does not \
         count: write the same one at both places"
    );
}

/// As burn's and candle's linear layers: two roles in one field.
struct Affine {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

macro_rules! affine {
    ($role:ident, $field:ident) => {
        impl Weight<role::$role> for Affine {
            type Tensor = [f32];

            fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
                self.$field.each_tensor(&at.field(stringify!($role)), f)
            }

            fn each_tensor_mut(
                &mut self,
                at: &Path<'_>,
                f: &mut EachMut<'_, [f32]>,
            ) -> Result<(), Error> {
                self.$field.each_tensor_mut(&at.field(stringify!($role)), f)
            }
        }
    };
}
affine!(kernel, weight);
affine!(bias, bias);

#[derive(Regularize)]
struct Rows {
    #[regularize(sharded(kernel), kernel = l2(0.5), bias = l1(1.0))]
    rows: Affine,
    #[regularize(kernel = l2(0.5), bias = l1(1.0))]
    #[regularize(sharded(kernel, bias))]
    columns: Affine,
}

/// Where the rows of a kernel are spread, every rank has all of the bias.
#[test]
fn roles_are_sharded_by_name() {
    let affine = |weight, bias| Affine {
        weight: vec![weight],
        bias: vec![bias],
    };
    let models = [1.0, 3.0].map(|x| Rows {
        rows: affine(x, 3.0),
        columns: affine(x, x),
    });
    let whole = merged(&models);
    assert_eq!(
        layout(&whole),
        [
            ("rows.kernel", true),
            ("rows.bias", false),
            ("columns.kernel", true),
            ("columns.bias", true),
        ]
    );
    let losses = models[1].losses_of(&whole).unwrap();
    assert!(
        losses
            .into_iter()
            .map(|(_, loss)| loss)
            .eq([5.0, 3.0, 5.0, 4.0])
    );
}

#[derive(Regularize)]
struct Arrays<'a> {
    #[regularize(l2(0.1), sharded)]
    columns: ndarray::ArrayView2<'a, f64>,
    #[regularize(l2(0.1), sharded)]
    rows: nalgebra::DMatrix<f64>,
}

/// Columns of an array are a view whose numbers are apart.
#[test]
fn columns_and_rows_of_arrays_are_shards() {
    let whole: Array2<f64> = arr2(&[[0.1, -1e8, 0.3], [0.7, 1e-8, f64::MIN_POSITIVE]]);
    let rows = nalgebra::DMatrix::from_fn(3, 2, |i, j| whole[[j, i]]);
    let parts = [0..1, 1..1, 1..3].map(|range| Arrays {
        columns: whole.slice_axis(Axis(1), range.clone().into()),
        rows: rows.rows(range.start, range.len()).into_owned(),
    });
    let one = Arrays {
        columns: whole.view(),
        rows,
    };
    assert_eq!(parts[1].losses_of(&merged(&parts)).unwrap(), one.losses());
}

#[derive(Regularize)]
struct Short(#[regularize(l1_l2(0.1, 0.3), sharded)] Vec<bf16>);

/// The sums of the shards are no numbers of bf16, and the penalty is rounded once.
#[test]
fn short_types_are_rounded_once() {
    let numbers: Vec<bf16> = (1..200).map(|k| bf16::from_f32(k as f32 / 7.0)).collect();
    let parts: Vec<Short> = numbers
        .chunks(37)
        .map(|part| Short(part.to_vec()))
        .collect();
    let whole = Short(numbers);
    assert_eq!(parts[0].losses_of(&merged(&parts)).unwrap(), whole.losses());
}

/// A user's own regularizer, which has a gradient and is no sum of its numbers'.
struct Norm(f32);

impl Regularizer<[f32]> for Norm {
    fn penalty(&self, weight: &[f32]) -> f32 {
        self.0 * weight.iter().map(|x| x * x).sum::<f32>().sqrt()
    }

    fn has_subgradient(&self) -> bool {
        true
    }

    fn add_subgradient(&self, weight: &[f32], gradient: &mut [f32]) -> Result<(), ErrorKind> {
        ShapeError::compare(&[weight.len()], &[gradient.len()])?;
        let norm = weight.iter().map(|x| x * x).sum::<f32>().sqrt();
        gradient
            .iter_mut()
            .zip(weight)
            .for_each(|(g, x)| *g += self.0 * x / norm);
        Ok(())
    }
}

/// Each shard's norm says nothing of the whole: it is whole on every shard, or an error.
#[test]
fn a_regularizer_of_ones_own_is_not_split() {
    #[derive(Regularize)]
    struct Split {
        #[regularize(l2(0.5))]
        first: Vec<f32>,
        #[regularize(Norm(0.5), sharded)]
        own: Vec<f32>,
    }

    #[derive(Regularize)]
    struct Kept(#[regularize(&Box::new(Norm(0.5)))] Vec<f32>);

    let split = Split {
        first: vec![1.0],
        own: vec![3.0],
    };
    let error = split.partials(shard(0, 2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "own: `Norm` cannot be computed from the shards' sums, as only L1, L2 and L1L2 can: keep this weight whole on \
         every shard, without `sharded`, or regularize it by L1 or L2"
    );
    let regularizer = "Norm".into();
    assert_eq!(
        (error.path(), error.kind()),
        ("own", &distributed::ErrorKind::Unsplit { regularizer })
    );

    let kept = || Kept(vec![3.0, -4.0]);
    let losses = kept().losses_of(&merged(&[kept(), kept()])).unwrap();
    assert_eq!((losses.total(), kept().penalty()), (2.5, 2.5));
}

struct OwnGradient {
    first: Vec<f32>,
    second: Vec<f32>,
    is_second_trained: bool,
}

fn own_gradient(x: f32, is_second_trained: bool) -> OwnGradient {
    OwnGradient {
        first: vec![x],
        second: vec![x],
        is_second_trained,
    }
}

impl Regularize for OwnGradient {
    type Penalty = f32;

    fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, f32>) -> Result<(), Error> {
        visit(&self.first, &regularize::l2(0.5), &at.field("first"), f)?;
        let second = at.field("second").trainable(self.is_second_trained);
        visit(&self.second, &Norm(0.5), &second, f)
    }
}

impl RegularizeWith for OwnGradient {
    fn visit_weights_with(
        &self,
        gradients: &mut Self,
        at: &Path<'_>,
        f: &mut VisitWith<'_>,
    ) -> Result<(), Error> {
        let (first, second) = (&mut gradients.first, &mut gradients.second);
        visit_with(
            &self.first,
            first,
            &regularize::l2(0.5),
            &at.field("first"),
            f,
        )?;
        let at = at.field("second").trainable(self.is_second_trained);
        visit_with(&self.second, second, &Norm(0.5), &at, f)
    }
}

/// Only what has factors can be divided; nothing is added then.
#[test]
fn a_gradient_that_cannot_be_divided_is_an_error() {
    let layer = |x: f32| own_gradient(x, true);
    let mut gradients = layer(0.0);
    let summed = Replicas::Summed(NonZero::new(2).unwrap());
    let error = layer(2.0)
        .add_penalty_gradient_on_replica(&mut gradients, summed)
        .unwrap_err();
    assert_eq!(
        (error.path(), error.kind()),
        ("second", &distributed::ErrorKind::Undivided)
    );
    assert_eq!((gradients.first[0], gradients.second[0]), (0.0, 0.0));
    layer(2.0)
        .add_penalty_gradient_on_replica(&mut gradients, Replicas::Averaged)
        .unwrap();
    assert_eq!((gradients.first[0], gradients.second[0]), (2.0, 0.5));
}

#[derive(Regularize)]
#[regularize(gradients = ReplicaGradients, tied = l2(0.5), again = l2(0.5), frozen = l1(0.5))]
struct Shared {
    #[regularize(trainable = false)]
    frozen: Vec<f32>,
    tied: Rc<Vec<f32>>,
    again: Rc<Vec<f32>>,
    #[regularize(None::<L2>)]
    none: Vec<f32>,
}

struct ReplicaGradients {
    frozen: Vec<f32>,
    tied: Vec<f32>,
    again: Vec<f32>,
    none: Vec<f32>,
}

/// One replica adds all of it, and what is frozen nothing, whatever its regularizer is.
#[test]
fn what_is_not_divided_needs_no_factors() {
    let shares = |replicas, is_second_trained| {
        let mut gradients = own_gradient(0.0, is_second_trained);
        own_gradient(2.0, is_second_trained)
            .add_penalty_gradient_on_replica(&mut gradients, Replicas::Summed(replicas))
            .unwrap();
        (gradients.first[0], gradients.second[0])
    };
    assert_eq!(shares(NonZero::new(1).unwrap(), true), (2.0, 0.5));
    assert_eq!(shares(NonZero::new(2).unwrap(), false), (1.0, 0.0));
}

fn mesh(sharded: u32, whole: u32) -> Replicas {
    let [sharded, whole] = [sharded, whole].map(|number| NonZero::new(number).unwrap());
    Replicas::Mesh { sharded, whole }
}

#[derive(Regularize)]
#[regularize(kernel = l2(0.5), scale = l2(0.5))]
struct Column {
    #[regularize(sharded)]
    kernel: Vec<f32>,
    scale: f32,
}

/// A part is divided among those who have the same part, and what all have among all.
#[test]
fn on_a_mesh_each_weight_is_divided_by_its_own_number() {
    let layer = |kernel, scale| Column {
        kernel: vec![kernel],
        scale,
    };
    let shares = |replicas| {
        let mut gradients = layer(0.0, 0.0);
        layer(4.0, 8.0)
            .add_penalty_gradient_on_replica(&mut gradients, replicas)
            .unwrap();
        let value = layer(4.0, 8.0).add_penalty_on_replica(1.0, replicas);
        (gradients.kernel[0], gradients.scale, value.unwrap())
    };
    assert_eq!(shares(Replicas::Averaged), (4.0, 8.0, 1.0 + 8.0 + 32.0));
    assert_eq!(shares(mesh(1, 1)), (4.0, 8.0, 1.0 + 8.0 + 32.0));
    assert_eq!(shares(mesh(1, 4)), (4.0, 2.0, 1.0 + 8.0 + 8.0));
    assert_eq!(shares(mesh(2, 8)), (2.0, 1.0, 1.0 + 4.0 + 4.0));
    assert_eq!(shares(mesh(8, 8)), (0.5, 1.0, 1.0 + 1.0 + 4.0));
}

/// Else a part would be divided among ranks that have other parts.
#[test]
fn a_sum_over_replicas_of_all_is_none_of_a_part() {
    let layer = Column {
        kernel: vec![4.0],
        scale: 8.0,
    };
    let mut gradients = Column {
        kernel: vec![0.0],
        scale: 0.0,
    };
    let summed = Replicas::Summed(NonZero::new(4).unwrap());
    let error = layer
        .add_penalty_gradient_on_replica(&mut gradients, summed)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "kernel: this weight is sharded, and `Replicas::Summed(4)` says only how many ranks have the whole model: write \
         `Replicas::Mesh { sharded, whole }` with as many as have the same part, 1 if no other has it, and as many as the \
         gradient of a whole weight is summed over"
    );
    assert_eq!(layer.add_penalty_on_replica(1.0, summed), Err(error));
    let one = Replicas::Summed(NonZero::new(1).unwrap());
    assert_eq!(layer.add_penalty_on_replica(1.0, one), Ok(41.0));
}

/// A share goes where the whole goes.
#[test]
fn a_share_goes_to_what_is_trained_once() {
    let weight = Rc::new(vec![4.0]);
    let layer = Shared {
        frozen: vec![1.0],
        tied: Rc::clone(&weight),
        again: weight,
        none: vec![1.0],
    };
    let zero = || vec![0.0];
    let mut gradients = ReplicaGradients {
        frozen: zero(),
        tied: zero(),
        again: zero(),
        none: zero(),
    };
    let summed = Replicas::Summed(NonZero::new(8).unwrap());
    layer
        .add_penalty_gradient_on_replica(&mut gradients, summed)
        .unwrap();
    let all = [
        gradients.frozen,
        gradients.tied,
        gradients.again,
        gradients.none,
    ];
    assert_eq!(all, [vec![0.0], vec![0.5], vec![0.0], vec![0.0]]);
    let mut short = ReplicaGradients {
        frozen: zero(),
        tied: zero(),
        again: vec![],
        none: zero(),
    };
    let error = layer
        .add_penalty_gradient_on_replica(&mut short, summed)
        .unwrap_err();
    assert!(
        error.path() == "again"
            && matches!(
                error.kind(),
                distributed::ErrorKind::Model(ErrorKind::Shape(_))
            )
    );
    assert_eq!(short.tied, [0.0]);
    assert_eq!(layer.add_penalty_on_replica(1.0, summed), Ok(2.0));
}

#[test]
fn a_number_of_no_shard_says_why() {
    let said = |index, of| Shard::new(index, of).unwrap_err().to_string();
    assert_eq!(said(4, 4), "there is no shard 4 of 4: the first is 0");
    assert_eq!(
        said(Shard::MOST, Shard::MOST),
        "there is no shard 1048576 of 1048576: the first is 0"
    );
    assert_eq!(
        said(0, Shard::MOST + 1),
        "there are at most 1048576 shards, and not 1048577"
    );
    assert_eq!((shard(2, 4).index(), shard(2, 4).of()), (2, 4));
}

#[test]
fn shards_that_are_not_all_merged_once_are_told() {
    #[derive(Regularize)]
    struct Dense(#[regularize(l1(0.5), sharded)] Vec<f32>);

    let said = |indices: &[u32]| {
        let layer = Dense(vec![1.0]);
        let parts = indices
            .iter()
            .map(|&index| layer.partials(shard(index, 4)).unwrap());
        let merged = parts
            .reduce(|mut left, right| {
                left.merge(&right).unwrap();
                left
            })
            .unwrap();
        assert_eq!((merged.shards(), merged.is_empty()), (4, false));
        let error = layer.losses_of(&merged).unwrap_err().to_string();
        let said = error.strip_prefix("0: ").unwrap();
        let said = said.strip_suffix(": merge the partials of every shard, each once");
        said.unwrap().to_owned()
    };
    assert_eq!(said(&[0, 1, 3]), "shard 2 of 4 is missing");
    assert_eq!(said(&[0, 1, 2, 3, 2]), "shard 2 of 4 is merged twice");
    assert_eq!(
        said(&[0, 1, 3, 3]),
        "shard 3 of 4 is merged twice, and shard 2 is missing"
    );
    assert_eq!(said(&[0, 3]), "2 of 4 shards are merged");
    assert_eq!(
        said(&[0, 0, 1, 1]),
        "4 shards are merged, as many as there are, some of them twice and others not"
    );
    assert_eq!(
        said(&[0, 1, 2, 3, 2, 1]),
        "6 shards are merged where there are 4"
    );
    assert_eq!(
        said(&[0, 1, 2, 2, 2, 1, 1]),
        "7 shards are merged where there are 4"
    );
    assert!(
        Dense(vec![])
            .partials(Shard::WHOLE)
            .is_ok_and(|partials| partials.len() == 1)
    );
    #[derive(Regularize)]
    struct Blocks(#[regularize(nested)] Vec<Dense>);
    assert!(Blocks(vec![]).partials(Shard::WHOLE).unwrap().is_empty());
}

#[test]
fn a_regularizer_that_may_be_absent_is_divided_among_replicas() {
    #[derive(Regularize)]
    struct Dense {
        #[regularize(self.strength)]
        kernel: Vec<f32>,
        strength: Option<L2>,
    }

    let two = Replicas::Summed(NonZero::new(2).unwrap());
    for (strength, slope) in [(Some(L2::new(0.5).unwrap()), 1.5), (None, 0.0)] {
        let mut gradients = Dense {
            kernel: vec![0.0],
            strength,
        };
        let layer = Dense {
            kernel: vec![3.0],
            strength,
        };
        layer
            .add_penalty_gradient_on_replica(&mut gradients, two)
            .unwrap();
        assert_eq!(gradients.kernel, [slope]);
    }
}
