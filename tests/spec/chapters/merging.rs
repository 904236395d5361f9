//! Sums of parts, and models that are spread over machines.

use crate::clauses;
use crate::form::{crc_64_xz, record, written};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use proptest::prelude::*;
use regularize::distributed::{
    BytesError, Distributed, Error, ErrorKind, Partial, Partials, Replicas, Shard,
};
use regularize::extend::{Float, Penalty, Sums, Terms};
use regularize::{Edition, L1, Losses, Mode, Orthogonal, Regularize, l1_l2};
use std::num::NonZero;

/// A layer whose kernels and bias are spread, and whose scale every shard has.
#[derive(Clone, Debug, Regularize)]
#[regularize(kernels = l1_l2(0.1, 0.3), bias = l2(0.1))]
struct Dense<T: Float + Penalty> {
    #[regularize(sharded)]
    kernels: Vec<Vec<T>>,
    #[regularize(sharded)]
    bias: Option<Vec<T>>,
    #[regularize(l1(0.1))]
    scale: Vec<T>,
}

#[derive(Clone, Debug, Regularize)]
struct Model {
    #[regularize(nested)]
    first: Dense<f32>,
    #[regularize(sharded, nested)]
    second: Row,
}

/// Spread by the layer that holds it.
#[derive(Clone, Debug, Regularize)]
struct Row(#[regularize(l2(0.1))] Vec<f32>);

#[derive(Regularize)]
#[regularize(value_only, matrix = self.regularizer)]
struct Matrix {
    #[regularize(sharded)]
    matrix: ndarray::Array2<f32>,
    regularizer: Option<Orthogonal>,
}

#[derive(Regularize)]
struct Whole {
    #[regularize(orthogonal(0.5, rows))]
    matrix: ndarray::Array2<f32>,
    #[regularize(|w| w.iter().sum::<f32>())]
    sum: Vec<f32>,
}

#[derive(Regularize)]
struct Rows(#[regularize(l2(0.1), sharded)] Vec<Vec<f32>>);

#[derive(Regularize)]
struct Closure(#[regularize(|w| w.iter().sum::<f32>(), sharded)] Vec<f32>);

/// The bits of the lists that are spread, and of the one that every shard has.
fn lists(model: &Model) -> (Vec<Vec<u32>>, Vec<u32>) {
    let bits = |list: &Vec<f32>| list.iter().map(|x| x.to_bits()).collect();
    let Dense {
        kernels,
        bias,
        scale,
    } = &model.first;
    let spread = kernels.iter().chain(bias).chain([&model.second.0]);
    (spread.map(bits).collect(), bits(scale))
}

/// Anything, special values too.
fn any_f32() -> impl Strategy<Value = f32> {
    prop_oneof![8 => -1e3..1e3_f32, 1 => any::<f32>()]
}

/// A model, and at which places each of its lists is cut for a number of shards.
fn model() -> impl Strategy<Value = (Model, Vec<usize>, u32)> {
    let numbers = || prop::collection::vec(any_f32(), 0..12);
    let model = (
        prop::collection::vec(numbers(), 1..3),
        prop::option::of(numbers()),
        numbers(),
        numbers(),
    );
    (model, prop::collection::vec(0..13_usize, 5), 1..=6_u32).prop_map(
        |((kernels, bias, scale, row), cuts, shards)| {
            let first = Dense {
                kernels,
                bias,
                scale,
            };
            let second = Row(row);
            (Model { first, second }, cuts, shards)
        },
    )
}

/// The shards of a model: of each list a piece, which may be empty.
fn shards(model: &Model, cuts: &[usize], of: u32) -> Vec<Model> {
    let piece = |list: &[f32], index: u32| -> Vec<f32> {
        let mut places: Vec<usize> = cuts
            .iter()
            .take(of as usize - 1)
            .map(|cut| (*cut).min(list.len()))
            .collect();
        places.sort_unstable();
        places.insert(0, 0);
        places.push(list.len());
        list[places[index as usize]..places[index as usize + 1]].to_vec()
    };
    (0..of)
        .map(|index| Model {
            first: Dense {
                kernels: model
                    .first
                    .kernels
                    .iter()
                    .map(|list| piece(list, index))
                    .collect(),
                bias: model.first.bias.as_ref().map(|list| piece(list, index)),
                scale: model.first.scale.clone(),
            },
            second: Row(piece(&model.second.0, index)),
        })
        .collect()
}

fn partials(shards: &[Model]) -> Vec<Partials> {
    let of = shards.len() as u32;
    let each = (0..).zip(shards);
    each.map(|(index, model)| model.partials(Shard::new(index, of).unwrap()).unwrap())
        .collect()
}

fn bits(losses: &Losses<f32>) -> Vec<(String, u32)> {
    // NaN has many bits, and one meaning.
    let bits = |loss: f32| {
        if loss.is_nan() {
            f32::NAN.to_bits()
        } else {
            loss.to_bits()
        }
    };
    losses
        .iter()
        .map(|(name, loss)| (name.into(), bits(*loss)))
        .collect()
}

clauses! {
    merging_exact {
        proptest!(|(parts in prop::collection::vec(prop::collection::vec(any::<f64>(), 0..5), 0..6))| {
            let whole = parts.concat();
            let each = || parts.iter().map(|part| sums(part));
            let left = each().fold(Sums::new(), merged);
            let right = each().rev().fold(Sums::new(), |right, left| merged(left, right));
            let shuffled = each().rev().fold(Sums::new(), merged);
            let value = |sums: &Sums| l1_l2(0.1, 0.3).terms().penalty_of::<f64>(sums).to_bits();
            for tree in [left, right, shuffled] {
                prop_assert_eq!(value(&tree), value(&sums(&whole)));
            }
        });
    }

    merging_special {
        let value = |a: f64, b: f64| {
            let merged = merged(sums(&[a, 1.0]), sums(&[b]));
            l1_l2(0.1, 0.3).terms().penalty_of::<f64>(&merged)
        };
        assert!(value(1.0, f64::NAN).is_nan() && value(f64::NAN, f64::INFINITY).is_nan());
        assert_eq!(value(1.0, f64::NEG_INFINITY), f64::INFINITY);
    }

    merging_bytes {
        // The published check value of the checksum.
        assert_eq!(crc_64_xz(b"123456789"), 0x995d_c9bb_df19_39fa);
        for xs in [[1.0, f64::NAN], [f64::NEG_INFINITY, -0.0], [f64::NAN, f64::INFINITY], [f64::MAX, 5e-324]] {
            assert_eq!(sums(&xs).to_bytes()[..], written(&xs), "{xs:?}");
            assert_eq!(Sums::from_bytes(&written(&xs)), Ok(sums(&xs)));
        }
        proptest!(|(xs in prop::collection::vec(any::<f64>(), 0..20))| {
            let sums = sums(&xs);
            prop_assert_eq!(&sums.to_bytes()[..], written(&xs));
            prop_assert_eq!(Sums::from_bytes(&sums.to_bytes()), Ok(sums));
        });
    }

    merging_corrupt {
        let error = |bytes: &[u8]| Sums::from_bytes(bytes).unwrap_err();
        let right = sums(&[0.5, -3.0, f64::NAN]).to_bytes();
        for at in 0..8 * right.len() {
            let mut wrong = right;
            wrong[at / 8] ^= 1 << (at % 8);
            let expected = if at < 64 { BytesError::Foreign } else { BytesError::Corrupt };
            assert_eq!(error(&wrong), expected, "bit {at}");
        }
        let short = &right[..right.len() - 1];
        assert_eq!(error(short), BytesError::Length { expected: 832, found: 831 });
        // Right checksums of what no weights have: an unknown flag, a magnitude without a square.
        for (at, byte) in [(8, 4), (16, 1)] {
            let mut wrong = Sums::new().to_bytes();
            wrong[at] = byte;
            let sum = crc_64_xz(&wrong[..824]);
            wrong[824..].copy_from_slice(&sum.to_le_bytes());
            assert_eq!(error(&wrong), BytesError::Invalid);
        }

        let model = Model {
            first: Dense { kernels: vec![vec![1.0]], bias: None, scale: vec![2.0] },
            second: Row(vec![3.0]),
        };
        let partials = model.partials(Shard::WHOLE).unwrap();
        let [right, other] = [partials.records()[0], partials.records()[1]];
        for at in 0..8 * right.len() {
            let mut wrong = right;
            wrong[at / 8] ^= 1 << (at % 8);
            assert!(Partial::from_bytes(&wrong).is_err(), "bit {at}");
        }
        proptest!(|(at in 0..right.len() - 8, burst in 1..=u64::MAX)| {
            let mut wrong = right;
            for (byte, change) in wrong[at..].iter_mut().zip(burst.to_le_bytes()) {
                *byte ^= change;
            }
            prop_assert!(Partial::from_bytes(&wrong).is_err());
        });
        // In a reduction, on either side, it is refused by whoever reads what came of it.
        let mut wrong = right;
        wrong[500] ^= 1;
        for (from, into) in [(&wrong, right), (&right, wrong)] {
            let mut into = into;
            Partial::merge_bytes(from, &mut into);
            let error = partials.clone().with_records(&[into, other, other]).unwrap_err();
            assert_eq!((error.path(), error.kind()), ("first.kernels.0", &ErrorKind::Mixed));
        }
        // The head of one and the sums of another, each with a right checksum of its own.
        let mut halves = right;
        halves[64..].copy_from_slice(&other[64..]);
        assert_eq!(Partial::from_bytes(&halves), Err(BytesError::Corrupt));

        let bytes = partials.to_bytes();
        assert_eq!(Partials::from_bytes(&bytes), Ok(partials));
        // Right checksums of what nobody writes: a byte more, another path, no shards, a record of another number of shards.
        let sealed = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut wrong = bytes[..bytes.len() - 8].to_vec();
            change(&mut wrong);
            wrong.extend(crc_64_xz(&wrong).to_le_bytes());
            Partials::from_bytes(&wrong).map_err(|error| error.kind().clone())
        };
        let invalid = Err(ErrorKind::Bytes(BytesError::Invalid));
        assert_eq!(sealed(&|_| {}), Partials::from_bytes(&bytes).map_err(|error| error.kind().clone()));
        assert_eq!(sealed(&|bytes| bytes.push(0)), invalid);
        assert_eq!(sealed(&|bytes| bytes[24] = b'F'), invalid);
        assert_eq!(sealed(&|bytes| bytes[24] = 0xff), invalid);
        assert_eq!(sealed(&|bytes| bytes[12] = 0), invalid);
        assert_eq!(sealed(&|bytes| bytes[12] = 2), invalid);
        assert_eq!(sealed(&|bytes| bytes[16..20].fill(0xff)), invalid);
        assert_eq!(sealed(&|bytes| bytes[20..24].fill(0xff)), invalid);
        assert_eq!(sealed(&|bytes| bytes[8] = 2), Err(ErrorKind::Bytes(BytesError::Foreign)));
        // The same of a record: no shards, more than may be, none merged, more zeros than numbers, an unknown state, numbers
        // of what is mixed.
        let sealed = |at: usize, byte: u8| {
            let mut wrong = right;
            wrong[at] = byte;
            let checked = [&wrong[wrong.len() - 8..], &wrong[..56]].concat();
            wrong[56..64].copy_from_slice(&crc_64_xz(&checked).to_le_bytes());
            Partial::from_bytes(&wrong).map(|_| ())
        };
        assert_eq!(sealed(16, 3), Ok(()));
        for (at, byte) in [(16, 0), (18, 17), (24, 0), (48, 2), (20, 3), (20, 2)] {
            assert_eq!(sealed(at, byte), Err(BytesError::Invalid), "byte {at}");
        }
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 16;
            let is_refused = |bytes: &[u8]| {
                let error = Partials::from_bytes(bytes).unwrap_err();
                matches!(error.kind(), ErrorKind::Bytes(_))
            };
            assert!(is_refused(&wrong) && is_refused(&bytes[..at]), "byte {at}");
        }
    }

    merging_model {
        // The forms, as their documentation has them.
        let spread = Pinned { kernel: vec![1.5, 0.0, -2.0], scale: vec![0.0, 4.0] };
        let mut two = spread.partials(Shard::new(2, 5).unwrap()).unwrap();
        two.merge(&spread.partials(Shard::new(4, 5).unwrap()).unwrap()).unwrap();
        let kernel = [1.5, 0.0, -2.0, 1.5, 0.0, -2.0];
        let records = [
            record(b"kernel\0l2(0.5)", 5, 1, &[2, 4], [6, 2], &kernel),
            record(b"scale\0l1(0.25)", 5, 0, &[2, 4], [2, 1], &[0.0, 4.0]),
        ];
        assert_eq!(two.records().concat(), records.concat());
        let mut all = [&b"regparts"[..], &[1, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0]].concat();
        for (record, texts) in records.iter().zip([["kernel", "l2(0.5)"], ["scale", "l1(0.25)"]]) {
            for text in texts {
                all.extend((text.len() as u32).to_le_bytes());
                all.extend(text.as_bytes());
            }
            all.extend(record);
        }
        all.extend(crc_64_xz(&all).to_le_bytes());
        assert_eq!(two.to_bytes(), all);

        let expected = |model: &Model| (bits(&model.losses()), model.penalty().is_nan(), model.penalty().to_bits());
        proptest!(|((model, cuts, of) in model(), picks in prop::collection::vec(any::<prop::sample::Index>(), 12))| {
            let shards = shards(&model, &cuts, of);
            let all = partials(&shards);
            // A tree: two are picked and merged until one is left, some of them by way of bytes.
            let (mut forest, mut picks) = (all.clone(), picks.into_iter());
            while forest.len() > 1 {
                let mut pick = || {
                    let index = picks.next().unwrap().index(forest.len());
                    forest.swap_remove(index)
                };
                let (mut left, right) = (pick(), pick());
                left.merge(&Partials::from_bytes(&right.to_bytes()).unwrap()).unwrap();
                forest.push(left);
            }
            let tree = forest.remove(0);
            // A reduction of records.
            let mut records = all[0].records();
            for other in &all[1..] {
                for (into, record) in records.iter_mut().zip(&other.records()) {
                    Partial::merge_bytes(record, into);
                }
            }
            let reduced = all[0].clone().with_records(&records).unwrap();
            prop_assert_eq!(&reduced, &tree);
            for shard in &shards {
                let losses = shard.losses_of(&tree).unwrap();
                let (each, is_nan, total) = expected(&model);
                prop_assert_eq!(bits(&losses), each);
                prop_assert!(losses.total().to_bits() == total || (is_nan && losses.total().is_nan()));
                let report = shard.report_of(&tree).unwrap();
                prop_assert_eq!(report.count(), model.report().unwrap().count());
            }
        });
    }

    merging_shards {
        let shards = vec![Model { first: Dense { kernels: vec![vec![1.0]], bias: None, scale: vec![] }, second: Row(vec![]) }; 5];
        let all = partials(&shards);
        let error = |indices: &[usize]| {
            let (first, rest) = indices.split_first().unwrap();
            let mut merged = all[*first].clone();
            rest.iter().for_each(|index| merged.merge(&all[*index]).unwrap());
            let error = shards[0].losses_of(&merged).map(|_| ());
            assert_eq!(error, merged.check());
            assert_eq!(error, shards[0].report_of(&merged).map(|_| ()));
            error.err().map(|error| {
                assert_eq!(error.path(), "first.kernels.0");
                match error.kind() {
                    ErrorKind::Shards(shards) => (shards.missing(), shards.doubled(), shards.merged(), shards.of()),
                    other => panic!("{other:?}"),
                }
            })
        };
        assert_eq!(error(&[4, 0, 3, 1, 2]), None);
        assert_eq!(error(&[4, 0, 1, 2]), Some((Some(3), None, 4, 5)));
        assert_eq!(error(&[4, 0, 3, 1, 2, 1]), Some((None, Some(1), 6, 5)));
        assert_eq!(error(&[4, 0, 3, 0, 2]), Some((Some(1), Some(0), 5, 5)));
        assert_eq!(error(&[0, 0, 1, 1, 2]), Some((None, None, 5, 5)));
        assert_eq!(error(&[2]), Some((None, None, 1, 5)));
        proptest!(|(indices in prop::collection::vec(0..5_usize, 1..8))| {
            let mut sorted = indices.clone();
            sorted.sort_unstable();
            prop_assert_eq!(error(&indices).is_none(), sorted == [0, 1, 2, 3, 4]);
        });
    }

    merging_whole {
        let shard = |scale: Vec<f32>| Model { first: Dense { kernels: vec![vec![1.0]], bias: None, scale }, second: Row(vec![]) };
        let [same, drifted] = [vec![2.0, 0.5], vec![2.0, 0.50000006]].map(shard);
        let merge = |other: &Model| {
            let [mut left, right] = <[Partials; 2]>::try_from(partials(&[same.clone(), other.clone()])).unwrap();
            left.merge(&right).map(|()| left)
        };
        let losses = same.losses_of(&merge(&same).unwrap()).unwrap();
        assert_eq!(losses.get("first.scale"), same.losses().get("first.scale"));
        assert_eq!(losses.get("first.kernels.0"), Some(&(0.1 * 2.0 + 0.3 * 2.0)));
        let stale = drifted.losses_of(&merge(&same).unwrap()).unwrap_err();
        assert_eq!((stale.path(), stale.kind()), ("first.scale", &ErrorKind::Stale));
        assert_eq!(drifted.report_of(&merge(&same).unwrap()).unwrap_err(), stale);
        let longer = shard(vec![2.0, 0.5, 0.0]);
        assert_eq!(longer.losses_of(&merge(&same).unwrap()).unwrap_err(), stale);
        let error = merge(&drifted).unwrap_err();
        assert_eq!((error.path(), error.kind()), ("first.scale", &ErrorKind::Replicas));
        // Numbers that are not there add nothing to a sum, and make another weight all the same.
        assert_eq!(merge(&longer).unwrap_err(), error);
        // 3 + 3 = 1 + 1 + 4 and 9 + 9 = 1 + 1 + 16, by other numbers of weights and of zeros.
        let three = shard(vec![1.0, 1.0, 4.0]);
        for other in [vec![3.0, 3.0], vec![3.0, 3.0, 0.0]].map(shard) {
            let of = |model: &Model, index| model.partials(Shard::new(index, 2).unwrap()).unwrap();
            let mut merged = of(&other, 0);
            assert_eq!(merged.merge(&of(&three, 1)).unwrap_err(), error);
            merged.merge(&of(&other, 1)).unwrap();
            assert_eq!(three.losses_of(&merged).unwrap_err(), stale);
        }
        // A reduction cannot stop; whoever reads what it made does.
        let of = |model: &Model, index| model.partials(Shard::new(index, 3).unwrap()).unwrap();
        for ranks in [[&same, &same, &drifted], [&drifted, &same, &same], [&same, &drifted, &same]] {
            let mut records = of(ranks[0], 0).records();
            for (index, rank) in [(1, ranks[1]), (2, ranks[2])] {
                for (into, record) in records.iter_mut().zip(&of(rank, index).records()) {
                    Partial::merge_bytes(record, into);
                }
            }
            let error = of(&same, 0).with_records(&records).unwrap_err();
            assert_eq!((error.path(), error.kind()), ("first.scale", &ErrorKind::Mixed));
        }
    }

    merging_disagreement {
        let model = Model { first: Dense { kernels: vec![vec![1.0]], bias: None, scale: vec![] }, second: Row(vec![]) };
        let mut others = vec![model.clone(), model.clone()];
        others[0].first.kernels.push(vec![]);
        others[1].first.bias = Some(vec![]);
        let half = Shard::new(0, 2).unwrap();
        let mut own = model.partials(half).unwrap();
        let before = own.clone();
        let mut foreign: Vec<Partials> = others.iter().map(|other| other.partials(half).unwrap()).collect();
        foreign.push(Row(vec![]).partials(half).unwrap());
        foreign.push(Scheduled { kernel: vec![], strength: L1::new(0.5).unwrap() }.partials(half).unwrap());
        foreign.push(model.partials(Shard::WHOLE).unwrap());
        let is_disagreement = |error: Error| matches!(error.kind(), ErrorKind::Disagreement { .. });
        for other in foreign {
            assert_ne!(other.digest(), own.digest());
            assert!(is_disagreement(own.merge(&other).unwrap_err()), "{}", other.layout());
            assert_eq!(own, before);
            assert!(is_disagreement(other.with_records(&own.records()).unwrap_err()));
        }
        let all = |model: &Model| model.partials(Shard::WHOLE).unwrap();
        for other in &others {
            assert!(is_disagreement(model.losses_of(&all(other)).unwrap_err()));
            assert!(is_disagreement(other.report_of(&all(&model)).unwrap_err()));
        }
        // One that has only more, and one of as many with another path or another regularizer.
        let rows = |count: usize| Rows(vec![vec![]; count]);
        let scheduled = |strength| Scheduled { kernel: vec![1.0], strength: L1::new(strength).unwrap() };
        let mut one = rows(1).partials(half).unwrap();
        assert!(is_disagreement(one.merge(&rows(2).partials(half).unwrap()).unwrap_err()));
        let all = |model: &Rows| model.partials(Shard::WHOLE).unwrap();
        assert!(is_disagreement(rows(1).losses_of(&all(&rows(2))).unwrap_err()));
        assert!(is_disagreement(rows(1).report_of(&all(&rows(2))).unwrap_err()));
        assert!(is_disagreement(rows(2).losses_of(&all(&rows(1))).unwrap_err()));
        assert!(is_disagreement(scheduled(0.5).losses_of(&all(&rows(1))).unwrap_err()));
        let other = scheduled(0.25).partials(Shard::WHOLE).unwrap();
        assert!(is_disagreement(scheduled(0.5).report_of(&other).unwrap_err()));
        // As records, of which MPI knows no more than how many there are: another weight, and another number of shards.
        for other in [scheduled(0.5).partials(half).unwrap(), all(&rows(1))] {
            let mut records = one.records();
            Partial::merge_bytes(&other.records()[0], &mut records[0]);
            let error = one.clone().with_records(&records).unwrap_err();
            assert_eq!((error.path(), error.kind()), ("0.0", &ErrorKind::Mixed));
        }
        let mut weak = scheduled(0.25).partials(half).unwrap();
        let strong = scheduled(0.5).partials(Shard::new(1, 2).unwrap()).unwrap();
        assert_eq!(
            weak.merge(&strong).unwrap_err().to_string(),
            "the shards are not of one model: one has `kernel: l1(0.25)`, sharded, and another `kernel: l1(0.5)`, sharded",
        );
    }

    merging_unsplit {
        let matrix = ndarray::arr2(&[[1.0, 0.0], [3.0, 4.0]]);
        let orthogonal = Orthogonal::new(0.5, Mode::Rows).unwrap();
        let layer = |regularizer| Matrix { matrix: matrix.clone(), regularizer };
        let refused = |error: Error, path: &str, name: &str| {
            assert_eq!(error.path(), path);
            assert!(matches!(error.kind(), ErrorKind::Unsplit { regularizer } if regularizer == name), "{error}");
        };
        refused(layer(Some(orthogonal)).partials(Shard::WHOLE).unwrap_err(), "matrix", "orthogonal(0.5, rows)");
        refused(Closure(vec![1.0]).partials(Shard::WHOLE).unwrap_err(), "0", "closure");
        let none = layer(None);
        assert!(none.losses_of(&none.partials(Shard::WHOLE).unwrap()).unwrap().is_empty());

        let whole = Whole { matrix, sum: vec![1.0, 2.0] };
        let mut merged = whole.partials(Shard::new(0, 2).unwrap()).unwrap();
        merged.merge(&whole.partials(Shard::new(1, 2).unwrap()).unwrap()).unwrap();
        assert_eq!(whole.losses_of(&merged).unwrap(), whole.losses());
    }

    merging_local {
        proptest!(|((model, cuts, of) in model())| {
            let (mut whole, mut parts) = (model.clone(), shards(&model, &cuts, of));
            let mut gradients = model.clone();
            let mut of_parts = parts.clone();
            model.add_penalty_gradient(&mut gradients).unwrap();
            whole.proximal_step(0.5).unwrap();
            for (part, gradients) in parts.iter_mut().zip(&mut of_parts) {
                part.add_penalty_gradient(gradients).unwrap();
                part.proximal_step(0.5).unwrap();
            }
            for (whole, parts) in [(&whole, parts), (&gradients, of_parts)] {
                let (spread, scale) = lists(whole);
                let mut joined = vec![Vec::new(); spread.len()];
                for (pieces, own) in parts.iter().map(lists) {
                    joined.iter_mut().zip(pieces).for_each(|(list, piece)| list.extend(piece));
                    prop_assert_eq!(&own, &scale);
                }
                prop_assert_eq!(joined, spread);
            }
        });
    }

    merging_replicas {
        let shares = |x: f32, replicas: u32| {
            let mut gradients = Elastic(vec![0.0]);
            let summed = Replicas::Summed(NonZero::new(replicas).unwrap());
            Elastic(vec![x]).add_penalty_gradient_on_replica(&mut gradients, summed).unwrap();
            gradients.0[0]
        };
        let exact = |x: f32| BigRational::from_float(x).unwrap();
        let number = |n: u32| BigRational::from_integer(n.into());
        proptest!(|(x in -1e3..1e3_f32, replicas in 1..5000_u32)| {
            let [l1, l2] = [0.1_f32, 0.3].map(exact);
            let sign = if x == 0.0 { BigRational::zero() } else { exact(x).signum() };
            let (square, linear) = (number(2) * l2 * exact(x), l1 * sign);
            let (slope, size) = (&square + &linear, square.abs() + linear.abs());
            // u = 2⁻²⁴
            let u = BigRational::new(1.into(), (1_u32 << 24).into());
            let gamma = number(4) * &u / (BigRational::one() - number(4) * u);
            let off = (number(replicas) * exact(shares(x, replicas)) - &slope).abs();
            prop_assert!(off <= &gamma * &size);
            // Where one factor is negative, as old editions allow, the terms cancel and their roundings do not.
            let old = Edition::KERAS_2_2.l1_l2(-0.1, 0.3).terms();
            let share = old.share_of(NonZero::new(replicas).unwrap()).subgradient(x);
            let off = (number(replicas) * exact(share) - (square - linear)).abs();
            prop_assert!(off <= gamma * size);
            let mut alone = Elastic(vec![0.0]);
            let layer = Elastic(vec![x]);
            layer.add_penalty_gradient(&mut alone).unwrap();
            let power = replicas.next_power_of_two();
            prop_assert_eq!(shares(x, power) * power as f32, alone.0[0]);
            prop_assert_eq!(shares(x, 1), alone.0[0]);
            let value = |replicas| layer.add_penalty_on_replica(0.0, replicas).unwrap();
            prop_assert_eq!(value(Replicas::Averaged), layer.penalty());
            let summed = Replicas::Summed(NonZero::new(replicas).unwrap());
            prop_assert_eq!(value(summed), layer.penalty() / replicas as f32);
            let mut averaged = Elastic(vec![0.0]);
            layer.add_penalty_gradient_on_replica(&mut averaged, Replicas::Averaged).unwrap();
            prop_assert_eq!(&averaged.0, &alone.0);

            let layer = |kernel, scale| Pinned { kernel: vec![kernel], scale: vec![scale] };
            let [sharded, whole] = [replicas, 4].map(|number| NonZero::new(number).unwrap());
            let mesh = Replicas::Mesh { sharded, whole };
            let mut gradients = layer(0.0, 0.0);
            layer(x, x).add_penalty_gradient_on_replica(&mut gradients, mesh).unwrap();
            let terms = |terms: Terms, number: NonZero<u32>| terms.share_of(number).subgradient(x);
            prop_assert_eq!(gradients.kernel[0], terms(regularize::l2(0.5).terms(), sharded));
            prop_assert_eq!(gradients.scale[0], terms(regularize::l1(0.25).terms(), whole));
        });
    }
}

#[derive(Regularize)]
#[regularize(sharded, kernel = self.strength)]
struct Scheduled {
    kernel: Vec<f32>,
    strength: L1,
}

#[derive(Regularize)]
#[regularize(kernel = l2(0.5), scale = l1(0.25))]
struct Pinned {
    #[regularize(sharded)]
    kernel: Vec<f32>,
    scale: Vec<f32>,
}

#[derive(Regularize)]
struct Elastic(#[regularize(l1_l2(0.1, 0.3))] Vec<f32>);

fn sums(xs: &[f64]) -> Sums {
    let mut sums = Sums::new();
    sums.extend(xs);
    sums
}

fn merged(mut left: Sums, right: Sums) -> Sums {
    left.merge(&right);
    left
}
