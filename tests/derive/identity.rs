//! Two places have one weight only if they have the same numbers at the same indices, in memory that stays.

use nalgebra::{DMatrix, DMatrixView, Matrix2, matrix};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Slice, array};
use proptest::prelude::*;
use regularize::distributed::{Distributed, Shard};
use regularize::extend::{
    Each, EachMut, EachWith, Identity, Path, Sums, Tensor, Terms, Visit, Weight, WeightGrad,
};
use regularize::role;
use regularize::{Count, Error, ErrorKind, Regularize, State};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, RwLock};

/// Two weights and the same regularizer.
#[derive(Regularize)]
struct Two<A, B = A>(#[regularize(l1(1.0))] A, #[regularize(l1(1.0))] B);

/// The losses of a model, which all traversals find. They are small whole numbers, so that no sum rounds.
fn losses<L: Regularize<Penalty = f32>>(model: &L) -> Vec<f32> {
    let losses = model.losses();
    assert_eq!(model.penalty(), losses.total());
    assert_eq!(model.add_penalty(1.0), 1.0 + losses.total());
    let partials = model.partials(Shard::new(0, 1).unwrap()).unwrap();
    assert_eq!(model.losses_of(&partials).unwrap(), losses);
    let reports = [model.report().unwrap(), model.report_of(&partials).unwrap()];
    let counted = reports.map(|report| {
        let rows = report.rows().iter();
        let counted = rows.filter(|row| *row.state() == State::Counted);
        counted.map(|row| row.penalty() as f32).collect::<Vec<_>>()
    });
    let losses: Vec<f32> = losses.into_iter().map(|(_, loss)| loss).collect();
    assert_eq!(counted, [losses.clone(), losses.clone()]);
    losses
}

/// The losses of two weights, each behind every pointer that others may hold.
macro_rules! behind_pointers {
    ($a:expr, $b:expr) => {{
        let own = losses(&Two(Rc::new($a), Rc::new($b)));
        assert_eq!(losses(&Two(&$a, &$b)), own);
        assert_eq!(losses(&Two(Arc::new($a), Arc::new($b))), own);
        assert_eq!(losses(&Two(Rc::new($a), Arc::new($b))), own);
        own
    }};
}

/// The losses of one weight at two places.
macro_rules! shared {
    ($weight:expr) => {{
        let weight = $weight;
        losses(&Two(Clone::clone(&weight), weight))
    }};
}

#[test]
fn a_row_and_a_column_that_begin_alike_are_two() {
    let z = array![[1.0_f32, 2.0], [3.0, 4.0]];
    let (column, row) = (z.column(0), z.row(0));
    assert_eq!(behind_pointers!(column, row), [4.0, 3.0]);
    assert_eq!(behind_pointers!(row, row), [3.0]);
    assert_eq!(shared!(Rc::new(column)), [4.0]);
}

#[test]
fn slices_of_other_steps_are_two() {
    let xs = Array1::from_vec(vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let along = |from, to, step| xs.slice_axis(Axis(0), Slice::new(from, Some(to), step));
    let (side_by_side, every_other) = (along(0, 3, 1), along(0, 6, 2));
    assert_eq!(behind_pointers!(side_by_side, every_other), [6.0, 9.0]);
    assert_eq!(behind_pointers!(every_other, every_other), [9.0]);
    // Of one number no step is taken.
    assert_eq!(behind_pointers!(along(0, 1, 2), along(0, 1, 1)), [1.0]);
    // The same numbers in another order.
    let backwards = along(0, 6, -1);
    assert_eq!(behind_pointers!(xs.view(), backwards), [21.0, 21.0]);
}

/// A closure, for one, may answer otherwise of them.
#[test]
fn a_transposed_view_is_a_weight_of_its_own() {
    let z = array![[1.0_f32, 2.0], [3.0, 4.0]];
    assert_eq!(behind_pointers!(z.view(), z.t()), [10.0, 10.0]);
    assert_eq!(behind_pointers!(z.t(), z.t()), [10.0]);
    let flat = z.view().into_shape_with_order(4).unwrap();
    assert_eq!(losses(&Two(&z, &flat)), [10.0, 10.0]);
}

#[test]
fn one_number_that_is_broadcast_is_as_many() {
    let x = array![[2.0_f32]];
    let [two, four] = [2, 4].map(|length| x.broadcast((1, length)).unwrap());
    assert_eq!(behind_pointers!(two, four), [4.0, 8.0]);
}

#[test]
fn an_array_and_all_of_it_are_one() {
    let z = array![1.0_f32, 2.0];
    assert_eq!(losses(&Two(&z, &z.view())), [3.0]);
    assert_eq!(losses(&Two(&z, z.as_slice().unwrap())), [3.0]);
    assert_eq!(losses(&Two(&z, &z.as_slice().unwrap()[..1])), [3.0, 1.0]);
}

#[test]
fn views_of_nalgebra_are_told_apart() {
    let z = DMatrix::from_row_slice(2, 2, &[1.0_f32, 2.0, 3.0, 4.0]);
    assert_eq!(behind_pointers!(z.column(0), z.row(0)), [4.0, 3.0]);
    assert_eq!(behind_pointers!(z.row(0), z.row(0)), [3.0]);
    // Along an axis of one index no step is taken.
    let (next, after_next) = (z.rows(0, 1), z.rows_with_step(0, 1, 1));
    assert_eq!(losses(&Two(&next, &after_next)), [3.0]);
    let xs = DMatrix::from_row_slice(1, 6, &[1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let (side_by_side, every_other) = (xs.columns(0, 3), xs.columns_with_step(0, 3, 1));
    assert_eq!(losses(&Two(&side_by_side, &every_other)), [6.0, 9.0]);
    let [tall, wide] = [(4, 1), (1, 4)]
        .map(|(rows, columns)| DMatrixView::from_slice(z.as_slice(), rows, columns));
    assert_eq!(behind_pointers!(tall, wide), [10.0, 10.0]);
    let inline: Matrix2<f32> = matrix![1.0, 2.0; 3.0, 4.0];
    assert_eq!(losses(&Two(&inline, &inline)), [10.0]);
    assert_eq!(losses(&Two(&inline, &inline.column(0))), [10.0, 4.0]);
    assert_eq!(shared!(Rc::new(z)), [10.0]);
}

/// Their gradients too.
#[test]
fn views_are_differentiated_each() {
    #[derive(Regularize)]
    #[regularize(gradients = Gradients)]
    struct Views<'a> {
        #[regularize(l1(1.0))]
        column: Rc<ArrayView1<'a, f32>>,
        #[regularize(l1(1.0))]
        row: Arc<ArrayView1<'a, f32>>,
        #[regularize(l1(1.0))]
        again: &'a ArrayView1<'a, f32>,
    }

    struct Gradients {
        column: Array1<f32>,
        row: Array1<f32>,
        again: Array1<f32>,
    }

    let z = array![[1.0_f32, -2.0], [3.0, 4.0]];
    let row = z.row(0);
    let views = Views {
        column: Rc::new(z.column(0)),
        row: Arc::new(row),
        again: &row,
    };
    let zeros = || Array1::zeros(2);
    let mut gradients = Gradients {
        column: zeros(),
        row: zeros(),
        again: zeros(),
    };
    views.add_penalty_gradient(&mut gradients).unwrap();
    assert_eq!(gradients.column, array![1.0, 1.0]);
    assert_eq!(gradients.row, array![1.0, -1.0]);
    assert_eq!(gradients.again, array![0.0, 0.0]);
}

/// Views of one array of numbers that all differ, so that a view is its shape and its numbers.
fn views() -> impl Strategy<Value = (Array2<f32>, Vec<([Slice; 2], bool)>)> {
    let slice = |length: usize| {
        (0..length, 0..length, prop_oneof![-2_isize..0, 1..3_isize]).prop_map(|(a, b, step)| {
            Slice::new(a.min(b) as isize, Some(a.max(b) as isize + 1), step)
        })
    };
    (1..4_usize, 1..4_usize).prop_flat_map(move |(rows, columns)| {
        let numbers = (1..=rows * columns).map(|x| x as f32).collect();
        let z = Array2::from_shape_vec((rows, columns), numbers).unwrap();
        let slices = (slice(rows), slice(columns)).prop_map(|(rows, columns)| [rows, columns]);
        (
            Just(z),
            prop::collection::vec((slices, any::<bool>()), 1..6),
        )
    })
}

proptest! {
    #[test]
    fn each_view_counts_once((z, slices) in views()) {
        #[derive(Regularize)]
        struct Views<'a>(#[regularize(l1(1.0))] Vec<Rc<ArrayView2<'a, f32>>>);

        let view = |([rows, columns], is_transposed): &([Slice; 2], bool)| {
            let axes = |axis: ndarray::AxisDescription| [*rows, *columns][axis.axis.index()];
            let mut view: ArrayView2<'_, f32> = z.view();
            view.slice_each_axis_inplace(axes);
            match is_transposed {
                true => view.reversed_axes(),
                false => view,
            }
        };
        let mut distinct: Vec<ArrayView2<'_, f32>> = Vec::new();
        for view in slices.iter().map(view) {
            if !distinct.contains(&view) {
                distinct.push(view);
            }
        }
        let views = Views(slices.iter().map(view).map(Rc::new).collect());
        let expected: Vec<f32> = distinct.iter().map(|view| view.sum()).collect();
        prop_assert_eq!(losses(&views), expected);
    }
}

/// A weight in bytes, which are multiplied out where it is visited.
#[derive(Clone, Debug, PartialEq)]
struct Quantized {
    bytes: Vec<i8>,
    scale: f32,
    how: How,
}

/// In which memory, and how it is handed on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Directly,
    AsAVec,
    BehindAReference,
    BehindAnRc,
    InALockOfItsOwn,
    InOnePlaceForAll,
    AsAView,
}

const ALL: [How; 7] = [
    How::Directly,
    How::AsAVec,
    How::BehindAReference,
    How::BehindAnRc,
    How::InALockOfItsOwn,
    How::InOnePlaceForAll,
    How::AsAView,
];

thread_local! {
    /// Holds the numbers of each weight in turn, at the same address.
    static PLACE: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

impl Quantized {
    fn new(byte: i8, how: How) -> Self {
        Self {
            bytes: vec![byte, 0],
            scale: 1.0,
            how,
        }
    }

    fn numbers(&self) -> Vec<f32> {
        let numbers = self.bytes.iter().map(|byte| f32::from(*byte) * self.scale);
        numbers.collect()
    }
}

impl Weight for Quantized {
    type Tensor = [f32];

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
        let numbers = self.numbers();
        match self.how {
            How::Directly => f(at, &numbers),
            How::AsAVec => numbers.each_tensor(at, f),
            How::BehindAReference => [&numbers].each_tensor(at, f),
            How::BehindAnRc => Rc::new(numbers).each_tensor(at, f),
            How::InALockOfItsOwn => Arc::new(Mutex::new(numbers)).each_tensor(at, f),
            How::InOnePlaceForAll => PLACE.with_borrow_mut(|place| {
                place.resize(2, 0.0);
                place.copy_from_slice(&numbers);
                place.each_tensor(at, f)
            }),
            How::AsAView => {
                ArrayView1::from(&numbers).each_tensor(at, &mut |at, numbers| match numbers
                    .as_slice()
                {
                    Some(numbers) => f(at, numbers),
                    None => Ok(()),
                })
            }
        }
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, [f32]>) -> Result<(), Error> {
        let mut numbers = self.numbers();
        f(at, &mut numbers)?;
        let bytes = numbers.iter().map(|x| (x / self.scale) as i8);
        self.bytes = bytes.collect();
        Ok(())
    }
}

impl WeightGrad<Vec<f32>> for Quantized {
    type Tensor = [f32];
    type Gradient = [f32];

    fn each_tensor_with(
        &self,
        gradient: &mut Vec<f32>,
        at: &Path<'_>,
        f: &mut EachWith<'_, [f32]>,
    ) -> Result<(), Error> {
        self.numbers().each_tensor_with(gradient, at, f)
    }
}

/// A foreign layer of it.
impl Weight<role::kernel> for Quantized {
    type Tensor = [f32];

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
        <Self as Weight<role::weight>>::each_tensor(self, at, f)
    }
}

#[test]
fn numbers_that_are_computed_on_the_way_are_no_others() {
    for how in ALL {
        let [small, large] = [3, 70].map(|byte| Quantized::new(byte, how));
        let two = || (small.clone(), large.clone());
        let (a, b) = two();
        assert_eq!(
            behind_pointers!(a.clone(), b.clone()),
            [3.0, 70.0],
            "{how:?}"
        );
        assert_eq!(losses(&Two(&[a], &vec![b])), [3.0, 70.0], "{how:?}");
        // Where a layer is behind the pointer.
        let layers = Two(Rc::new(small.clone()), &large);
        let behind = [Rc::new(layers)];
        assert_eq!(losses(&behind), [3.0, 70.0], "{how:?}");
        // In doubt it counts.
        assert_eq!(shared!(Rc::new(small)), [3.0, 3.0], "{how:?}");
    }
}

/// By roles, and below a pointer to the layer.
#[test]
fn numbers_that_a_role_computes_are_no_others() {
    #[derive(Regularize)]
    #[regularize(value_only)]
    struct Net {
        #[regularize(kernel = l1(1.0))]
        one: Box<Quantized>,
        #[regularize(kernel = l1(1.0))]
        more: Vec<Quantized>,
    }

    for how in ALL {
        let [a, b, c] = [3, 70, 20].map(|byte| Quantized::new(byte, how));
        let net = Rc::new(Net {
            one: Box::new(a),
            more: vec![b, c],
        });
        assert_eq!(losses(&net), [3.0, 70.0, 20.0], "{how:?}");
    }
}

/// A layer that is made where it is visited.
struct Loaded(i8);

impl Regularize for Loaded {
    type Penalty = f32;

    fn visit_weights(&self, at: &Path<'_>, f: &mut Visit<'_, f32>) -> Result<(), Error> {
        let kernel = Rc::new(vec![f32::from(self.0), 0.0]);
        Two(Rc::clone(&kernel), kernel).visit_weights(at, f)
    }
}

/// It cannot be told either that the two places within are one.
#[test]
fn a_layer_that_is_made_on_the_way_is_no_other() {
    let layers = [Rc::new(Loaded(3)), Rc::new(Loaded(70))];
    assert_eq!(losses(&layers), [3.0, 3.0, 70.0, 70.0]);
}

#[test]
fn numbers_that_are_computed_on_the_way_are_differentiated_each() {
    #[derive(Regularize)]
    #[regularize(gradients = Gradients)]
    struct Layer {
        #[regularize(l1(1.0))]
        small: Rc<Quantized>,
        #[regularize(l1(1.0))]
        large: Arc<Quantized>,
    }

    struct Gradients {
        small: Vec<f32>,
        large: Vec<f32>,
    }

    let [small, large] = [3, -70].map(|byte| Quantized::new(byte, How::Directly));
    let (small, large) = (Rc::new(small), Arc::new(large));
    let layer = Layer { small, large };
    let [small, large] = [(); 2].map(|()| vec![0.0; 2]);
    let mut gradients = Gradients { small, large };
    layer.add_penalty_gradient(&mut gradients).unwrap();
    assert_eq!(gradients.small, [1.0, 0.0]);
    assert_eq!(gradients.large, [-1.0, 0.0]);
}

#[test]
fn numbers_that_are_computed_on_the_way_step_each() {
    #[derive(Regularize)]
    struct Layer {
        #[regularize(l1(1.0))]
        small: Rc<RefCell<Quantized>>,
        #[regularize(l1(1.0))]
        large: Arc<Mutex<Quantized>>,
    }

    let [small, large] = [3, 70].map(|byte| Quantized::new(byte, How::Directly));
    let mut layer = Layer {
        small: Rc::new(RefCell::new(small)),
        large: Arc::new(Mutex::new(large)),
    };
    layer.proximal_step(2.0).unwrap();
    assert_eq!(layer.small.borrow().bytes, [1, 0]);
    assert_eq!(layer.large.lock().unwrap().bytes, [68, 0]);
}

/// Numbers in rows, which hands on to its field.
struct Grid(Vec<f32>);

impl Weight for Grid {
    type Tensor = [f32];

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
        self.0.each_tensor(at, f)
    }
}

/// A pointer of one's own.
struct Handle<W>(Rc<W>);

impl<W> Clone for Handle<W> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<W: Weight> Weight for Handle<W> {
    type Tensor = W::Tensor;

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, W::Tensor>) -> Result<(), Error> {
        self.0.each_tensor(at, f)
    }
}

/// Through every pointer, list, cell and lock, in every order.
#[test]
fn a_weight_of_two_places_counts_once() {
    let xs = vec![1.0_f32, -2.0];
    assert_eq!(shared!(&xs), [3.0]);
    assert_eq!(shared!(&&&xs), [3.0]);
    assert_eq!(shared!(&xs[..]), [3.0]);
    assert_eq!(shared!(&[[[1.0_f32, -2.0]]]), [3.0]);
    assert_eq!(shared!(Rc::new(1.0_f32)), [1.0]);
    assert_eq!(shared!(Rc::new(xs.clone())), [3.0]);
    assert_eq!(shared!(Arc::<[f32]>::from([1.0, -2.0])), [3.0]);
    assert_eq!(shared!(Rc::new(Box::new(Some(xs.clone())))), [3.0]);
    assert_eq!(shared!(Box::new(Rc::new(xs.clone()))), [3.0]);
    assert_eq!(
        shared!(Some(Arc::new([xs.clone(), xs.clone()]))),
        [3.0, 3.0]
    );
    assert_eq!(shared!(Rc::new(vec![vec![xs.clone()], vec![]])), [3.0]);
    assert_eq!(shared!(vec![Rc::new([[xs.clone()]])]), [3.0]);
    assert_eq!(shared!(Rc::new(RefCell::new(xs.clone()))), [3.0]);
    assert_eq!(shared!(Rc::new(RefCell::new([1.0_f32, -2.0]))), [3.0]);
    assert_eq!(
        shared!(Arc::new(Mutex::new(Box::<[f32]>::from([3.0])))),
        [3.0]
    );
    assert_eq!(
        shared!(Arc::new(RwLock::new(vec![Arc::new(xs.clone())]))),
        [3.0]
    );
    assert_eq!(shared!(Rc::new(array![[1.0_f32, -2.0]])), [3.0]);
    assert_eq!(
        shared!(Rc::new(array![[1.0_f32, -2.0]].into_shared())),
        [3.0]
    );
    assert_eq!(shared!(Rc::new(RefCell::new(array![1.0_f32, -2.0]))), [3.0]);
    assert_eq!(shared!(Rc::new(DMatrix::from_row_slice(1, 2, &xs))), [3.0]);
    assert_eq!(shared!(Rc::new(matrix![1.0_f32, -2.0])), [3.0]);
    assert_eq!(shared!(Rc::new(Grid(xs.clone()))), [3.0]);
    assert_eq!(shared!(Handle(Rc::new(xs.clone()))), [3.0]);
    assert_eq!(shared!(Handle(Rc::new(Grid(xs.clone())))), [3.0]);
    let mut changed = xs.clone();
    let changed = RefCell::new(&mut changed);
    assert_eq!(losses(&Two(&changed, &&changed)), [3.0]);
    // As they are at two places of the same layer, and in lists and boxes of layers.
    let layer = Rc::new(Two(xs.clone(), Rc::new(xs)));
    assert_eq!(losses(&[Rc::clone(&layer), Rc::clone(&layer)]), [3.0, 3.0]);
    assert_eq!(losses(&vec![vec![&layer], vec![&layer]]), [3.0, 3.0]);
    assert_eq!(losses(&Box::new(Some([&layer, &layer]))), [3.0, 3.0]);
    let lists = Rc::new(vec![Box::new(layer)]);
    assert_eq!(losses(&[&lists, &lists]), [3.0, 3.0]);
}

#[test]
fn a_layer_and_its_own_weight_share_it() {
    #[derive(Regularize)]
    struct Both<'a> {
        #[regularize(nested)]
        layer: &'a Two<Vec<f32>, [f32; 1]>,
        #[regularize(l1(1.0))]
        first: &'a Vec<f32>,
        #[regularize(l1(1.0))]
        second: &'a [f32; 1],
    }

    let layer = Two(vec![1.0, -2.0], [4.0]);
    let (first, second) = (&layer.0, &layer.1);
    let layer = &layer;
    let both = Both {
        layer,
        first,
        second,
    };
    assert_eq!(losses(&both), [3.0, 4.0]);
}

#[test]
fn a_weight_of_two_places_steps_once() {
    fn stepped<L: Regularize>(mut model: L) {
        model.proximal_step(0.5).unwrap();
    }

    let list = Rc::new(RefCell::new(vec![vec![2.0_f32], vec![-3.0]]));
    stepped(Two(Rc::clone(&list), Rc::clone(&list)));
    assert_eq!(*list.borrow(), [[1.5], [-2.5]]);
    let boxed = Arc::new(Mutex::new(Box::new([2.0_f32])));
    stepped(Two(vec![Arc::clone(&boxed)], Box::new(Arc::clone(&boxed))));
    assert_eq!(**boxed.lock().unwrap(), [1.5]);
    let z = Rc::new(RefCell::new(array![2.0_f32, -3.0]));
    stepped(Two(Rc::clone(&z), Rc::clone(&z)));
    assert_eq!(*z.borrow(), array![1.5, -2.5]);
    // Its numbers are copied before the first step, and not before the second.
    let (z, held) = (array![2.0_f32].into_shared(), array![2.0_f32].into_shared());
    let held = [z.clone(), held];
    let z = Rc::new(RefCell::new(z));
    stepped(Two(Rc::clone(&z), Rc::clone(&z)));
    assert_eq!((&*z.borrow(), &held[0]), (&array![1.5].into(), &held[1]));
    let z = Arc::new(RwLock::new(DMatrix::from_element(1, 1, 2.0_f32)));
    stepped(Two(&*z, &*z));
    assert_eq!(z.read().unwrap()[0], 1.5);
}

/// The gradients of one weight at two places.
macro_rules! gradients {
    ($weight:expr, $type:ty, $gradient:ty, $zeros:expr) => {{
        type Gradients = ($gradient, $gradient);

        #[derive(Regularize)]
        #[regularize(gradients = Gradients)]
        struct Tied(#[regularize(l1(1.0))] $type, #[regularize(l1(1.0))] $type);

        let (weight, zeros) = ($weight, $zeros);
        let mut gradients = (zeros.clone(), zeros);
        let tied = Tied(weight.clone(), weight);
        tied.add_penalty_gradient(&mut gradients).unwrap();
        gradients
    }};
}

#[test]
fn a_weight_of_two_places_is_differentiated_once() {
    let list = Rc::new(RefCell::new(vec![Box::new(vec![2.0])]));
    let zeros = vec![Box::new(vec![0.0])];
    let (first, second) = gradients!(
        list,
        Rc<RefCell<Vec<Box<Vec<f32>>>>>,
        Vec<Box<Vec<f32>>>,
        zeros.clone()
    );
    assert_eq!((first, second), (vec![Box::new(vec![1.0])], zeros));
    let z = Arc::new(array![2.0]);
    let (first, second) = gradients!(z, Arc<Array1<f32>>, Array1<f32>, array![0.0]);
    assert_eq!((first, second), (array![1.0], array![0.0]));
    let z = Rc::new(DMatrix::from_element(1, 1, 2.0));
    let [one, zero] = [1.0, 0.0].map(|x| DMatrix::from_element(1, 1, x));
    let (first, second) = gradients!(z, Rc<DMatrix<f32>>, DMatrix<f32>, zero.clone());
    assert_eq!((first, second), (one, zero));
}

/// A tensor of one's own, whose numbers are elsewhere.
struct Rows {
    rows: usize,
    numbers: Box<[f32]>,
}

impl Tensor for Rows {
    type Penalty = f32;

    fn penalty(&self, terms: &Terms) -> f32 {
        self.numbers.penalty(terms)
    }

    fn penalty_per_sample(&self, terms: &Terms, batch: usize) -> f32 {
        self.numbers.penalty_per_sample(terms, batch)
    }

    fn sums(&self) -> Result<Sums, ErrorKind> {
        self.numbers.sums()
    }

    fn penalty_of(&self, terms: &Terms, whole: &Sums) -> f32 {
        self.numbers.penalty_of(terms, whole)
    }

    fn count(&self) -> Result<Count, ErrorKind> {
        self.numbers.count()
    }

    fn identity(&self) -> Option<Identity> {
        let columns = self.numbers.len() / self.rows;
        let axes = [(self.rows, columns.cast_signed()), (columns, 1)];
        Identity::strided(self.numbers.as_ptr(), axes)
    }
}

impl Weight for Rows {
    type Tensor = Self;

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, Self>) -> Result<(), Error> {
        f(&at.through(self, &self.numbers[..]), self)
    }
}

/// One that is made where it is visited.
struct Doubled(Rows);

impl Weight for Doubled {
    type Tensor = Rows;

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, Rows>) -> Result<(), Error> {
        let Rows { rows, numbers } = &self.0;
        let (rows, numbers) = (*rows, numbers.iter().map(|x| 2.0 * x).collect());
        Rows { rows, numbers }.each_tensor(at, f)
    }
}

#[test]
fn a_tensor_of_ones_own_counts_once() {
    let rows = |numbers: [f32; 2]| Rows {
        rows: 1,
        numbers: Box::new(numbers),
    };
    assert_eq!(shared!(Rc::new(rows([1.0, -2.0]))), [3.0]);
    assert_eq!(shared!(&[rows([1.0, -2.0]), rows([4.0, 0.0])]), [3.0, 4.0]);
    let layers = Two(Rc::new(rows([1.0, -2.0])), Rc::new(rows([1.0, -2.0])));
    assert_eq!(losses(&layers), [3.0, 3.0]);
    // `through` does not believe what is on the stack.
    let doubled = [[1.5, 0.0], [35.0, 0.0]].map(|xs| Rc::new(Doubled(rows(xs))));
    assert_eq!(losses(&Two(&doubled[0], &doubled[1])), [3.0, 70.0]);
}

/// As an array of no numbers has no address of its own.
#[test]
fn empty_weights_all_count() {
    let empty: Vec<f32> = Vec::new();
    assert_eq!(shared!(&empty), [0.0, 0.0]);
    assert_eq!(shared!(Rc::new(Array2::<f32>::zeros((0, 2)))), [0.0, 0.0]);
    assert_eq!(shared!(Rc::new(DMatrix::<f32>::zeros(2, 0))), [0.0, 0.0]);
}

/// A layer whose weight others may hold, and a foreign one.
#[derive(Clone, Regularize)]
#[regularize(gradients = Zeros)]
struct Held {
    #[regularize(l1(1.0))]
    kernel: Rc<RefCell<Vec<f32>>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Zeros {
    kernel: Vec<f32>,
}

impl Weight<role::kernel> for Held {
    type Tensor = [f32];

    fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
        self.kernel.each_tensor(at, f)
    }

    fn each_tensor_mut(&mut self, at: &Path<'_>, f: &mut EachMut<'_, [f32]>) -> Result<(), Error> {
        self.kernel.each_tensor_mut(at, f)
    }
}

impl WeightGrad<Zeros, role::kernel> for Held {
    type Tensor = [f32];
    type Gradient = [f32];

    fn each_tensor_with(
        &self,
        gradients: &mut Zeros,
        at: &Path<'_>,
        f: &mut EachWith<'_, [f32]>,
    ) -> Result<(), Error> {
        self.kernel.each_tensor_with(&mut gradients.kernel, at, f)
    }
}

/// Layers in lists and boxes, nested and by roles, and all of one weight.
#[derive(Regularize)]
#[regularize(gradients = NetZeros)]
struct Net<'a> {
    #[regularize(nested)]
    list: Vec<Held>,
    #[regularize(nested)]
    boxed: Box<Held>,
    #[regularize(nested)]
    borrowed: &'a RefCell<Held>,
    #[regularize(nested)]
    exclusive: &'a mut Held,
    #[regularize(kernel = l1(1.0))]
    role_list: Vec<Held>,
    #[regularize(kernel = l1(1.0))]
    role_box: Box<Held>,
}

#[derive(Clone, Debug, PartialEq)]
struct NetZeros {
    list: Vec<Zeros>,
    boxed: Box<Zeros>,
    borrowed: Zeros,
    exclusive: Zeros,
    role_list: Vec<Zeros>,
    role_box: Box<Zeros>,
}

/// The first of a list of layers has the loss, the gradient and the step of all.
#[test]
fn a_weight_of_all_kinds_of_layers_counts_once() {
    let kernel = Rc::new(RefCell::new(vec![2.0, -3.0]));
    let held = || Held {
        kernel: Rc::clone(&kernel),
    };
    let (borrowed, mut exclusive) = (RefCell::new(held()), held());
    let mut net = Net {
        list: vec![held(), held()],
        boxed: Box::new(held()),
        borrowed: &borrowed,
        exclusive: &mut exclusive,
        role_list: vec![held(), held()],
        role_box: Box::new(held()),
    };
    assert_eq!(losses(&net), [5.0]);

    let zeros = || Zeros {
        kernel: vec![0.0; 2],
    };
    let zeros = NetZeros {
        list: vec![zeros(), zeros()],
        boxed: Box::new(zeros()),
        borrowed: zeros(),
        exclusive: zeros(),
        role_list: vec![zeros(), zeros()],
        role_box: Box::new(zeros()),
    };
    let (mut gradients, mut expected) = (zeros.clone(), zeros);
    net.add_penalty_gradient(&mut gradients).unwrap();
    expected.list[0].kernel = vec![1.0, -1.0];
    assert_eq!(gradients, expected);

    net.proximal_step(0.5).unwrap();
    assert_eq!(*kernel.borrow(), [1.5, -2.5]);
}
