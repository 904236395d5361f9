//! The orthogonal regularizer on the tape.

use crate::{number, numbers, tape};
use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Tensor, TensorData};
use regularize::extend::Tensor as _;
use regularize::{ErrorKind, Mode, Orthogonal, Regularize, Regularizer, orthogonal};
use regularize_frameworks::cosines::{FORMATS, cases};

fn matrix<const R: usize, const C: usize>(rows: [[f64; C]; R], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::from(rows), (device, DType::F32))
}

#[test]
fn the_penalty_is_inside_its_bound() {
    let device = Device::default();
    let types = [DType::F64, DType::F32, DType::BF16, DType::F16];
    for (dtype, (digits, short, exponents)) in types.into_iter().zip(FORMATS) {
        for case in cases(exponents) {
            let data = TensorData::new(case.numbers.clone(), [case.rows, case.columns]);
            let data = data.convert_dtype(dtype);
            let x = Tensor::<2>::from_data(data, (&device, dtype));
            let penalty = case.regularizer.penalty(&x);
            assert_eq!(penalty.dtype(), dtype);
            case.assert(number(penalty), digits, short);
        }
    }
}

#[derive(Module, Debug, Regularize)]
#[regularize(kernel = orthogonal(0.5, rows))]
struct Dense {
    kernel: Param<Tensor<2>>,
}

/// Of vectors whose lengths are powers of two every number is exact.
#[test]
fn the_gradient_is_on_the_tape() {
    let kernel = [[1.0, 1.0, 1.0, 1.0], [4.0, 0.0, 0.0, 0.0]];
    let model = Dense {
        kernel: Param::from_tensor(matrix(kernel, &tape())),
    };
    assert_eq!(number(model.penalty()), 0.25);
    let gradients = model.penalty().backward();
    let gradient = model.kernel.grad(&gradients).unwrap();
    // factor·(n₂ − (n₁·n₂)n₁)/‖x₁‖ and the same of x₂.
    let first = [0.1875, -0.0625, -0.0625, -0.0625];
    let second = [0.0, 0.0625, 0.0625, 0.0625];
    assert_eq!(numbers(gradient), [first, second].concat());
}

/// A row of zeros, and two rows at right angles, have the derivative 0; below the floor a row is divided by it.
#[test]
fn the_gradient_is_finite_where_a_length_or_a_cosine_is_zero() {
    let gradient = |rows: [[f64; 2]; 2]| {
        let model = Dense {
            kernel: Param::from_tensor(matrix(rows, &tape())),
        };
        let gradients = model.penalty().backward();
        numbers(model.kernel.grad(&gradients).unwrap())
    };
    assert_eq!(gradient([[0.0, 0.0], [3.0, 4.0]]), [0.0; 4]);
    assert_eq!(gradient([[1.0, 0.0], [0.0, 1.0]]), [0.0; 4]);
    let tiny = 2_f64.powi(-140);
    let below = gradient([[tiny, 0.0], [1.0, 0.0]]);
    assert_eq!(below[0], f64::from(0.5 / 1e-7_f32));
}

#[test]
fn fewer_than_two_vectors_have_no_mean() {
    let device = Device::default();
    assert!(number(orthogonal(0.5, Mode::Rows).penalty(&matrix([[1.0, 2.0]], &device))).is_nan());
    let none = Tensor::<2>::zeros([2, 0], (&device, DType::F32));
    assert_eq!(number(orthogonal(0.5, Mode::Rows).penalty(&none)), 0.0);
    let infinite = matrix([[f64::INFINITY, 1.0], [1.0, 1.0]], &device);
    assert!(number(orthogonal(0.5, Mode::Rows).penalty(&infinite)).is_nan());
    assert!(
        Tensor::<3>::zeros([2, 2, 2], &device)
            .orthogonal(&Orthogonal::default())
            .is_none()
    );
}

#[test]
fn a_step_has_no_closed_form() {
    let mut model = Dense {
        kernel: Param::from_tensor(matrix([[1.0, 1.0], [1.0, 0.0]], &tape())),
    };
    let error = model.proximal_step(0.1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoStep { .. }));
}
