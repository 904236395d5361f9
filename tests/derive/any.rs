//! A regularizer whose class is known at run time.

use ndarray::{Array2, array};
use regularize::extend::Tensor;
use regularize::{AnyRegularizer, Edition, ErrorKind, L1L2, Mode, Regularize, Regularizer};
use regularize::{l1, l1_l2, l2, orthogonal};

#[derive(Regularize)]
#[regularize(kernel = self.regularizer)]
struct Dense {
    kernel: Vec<f32>,
    regularizer: Option<AnyRegularizer>,
}

fn dense(numbers: &[f32], regularizer: impl Into<AnyRegularizer>) -> Dense {
    Dense {
        kernel: numbers.into(),
        regularizer: Some(regularizer.into()),
    }
}

#[test]
fn it_is_that_of_its_class() {
    let numbers = [1.0, -0.0, f32::MIN_POSITIVE, -3.0];
    let classes: [AnyRegularizer; 4] = [
        l1(0.1).into(),
        l2(0.1).into(),
        l1_l2(0.1, 0.2).into(),
        Edition::KERAS_2_2.l1(0.1).into(),
    ];
    for class in classes {
        let terms = class.terms().unwrap();
        let mut layer = dense(&numbers, class);
        assert_eq!(layer.penalty(), terms.penalty(&numbers));

        let mut gradients = dense(&[1.0; 4], class);
        layer.add_penalty_gradient(&mut gradients).unwrap();
        let mut expected = [1.0; 4];
        terms.add_subgradient(&numbers, &mut expected).unwrap();
        assert_eq!(gradients.kernel, expected);

        layer.proximal_step(0.5).unwrap();
        let mut expected = numbers;
        terms.proximal_step(regularize::Step::new(0.5).unwrap(), &mut expected);
        assert_eq!(layer.kernel, expected);
        let report = layer.report().unwrap();
        assert_eq!(report.rows()[0].regularizer(), class.to_string());
    }
}

/// The words of a configuration file reach the weights.
#[test]
fn it_is_made_of_a_text() {
    let configured = "l1_l2(0.5, 0.25)".parse::<AnyRegularizer>().unwrap();
    assert_eq!(dense(&[2.0, -1.0], configured).penalty(), 1.5 + 1.25);
    let named = Edition::LATEST.get("l2").unwrap();
    assert_eq!(dense(&[1.0], named).penalty(), 0.01);
    let json = r#"{"class_name": "L1", "config": {"l1": 0.5}}"#;
    let read = Edition::LATEST.from_json(json).unwrap().unwrap();
    assert_eq!(dense(&[1.0], read).penalty(), 0.5);
}

#[test]
fn an_orthogonal_one_is_of_matrices() {
    #[derive(Regularize)]
    struct Matrix {
        #[regularize(self.regularizer)]
        kernel: Array2<f32>,
        regularizer: AnyRegularizer,
    }

    let regularizer = AnyRegularizer::from(orthogonal(0.5, Mode::Rows));
    let kernel = array![[1.0, 0.0], [3.0, 4.0]];
    let mut layer = Matrix {
        kernel,
        regularizer,
    };
    assert_eq!(layer.penalty(), 0.3);
    assert!(layer.report().is_ok());
    let error = layer.proximal_step(0.1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoStep { .. }));

    // A list has no rows: that is NaN, and loud where an error can be returned.
    let mut list = dense(&[1.0, 2.0], regularizer);
    assert!(list.penalty().is_nan());
    let expected =
        "kernel: `orthogonal(0.5, rows)` is a regularizer of matrices, and this tensor is not one";
    assert_eq!(list.check().unwrap_err().to_string(), expected);
    assert_eq!(list.report().unwrap_err().to_string(), expected);
    assert_eq!(list.proximal_step(0.1).unwrap_err().to_string(), expected);
    let mut gradients = dense(&[0.0, 0.0], regularizer);
    let error = list.add_penalty_gradient(&mut gradients).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn it_is_called_as_any_other() {
    let any: AnyRegularizer = l2(0.5).into();
    assert_eq!(any.penalty(&vec![1.0_f64, 2.0]), 2.5);
    assert_eq!(any.penalty_per_sample(&vec![1.0_f64, 2.0], 2), 1.25);
    let per_sample = AnyRegularizer::from(orthogonal(0.5, Mode::Rows));
    let output = array![[1.0_f32, 0.0], [3.0, 4.0]];
    assert_eq!(per_sample.penalty_per_sample(&output, 2), 0.3 / 2.0);
}

#[test]
fn an_activity_takes_what_a_weight_takes() {
    #[derive(Regularize)]
    #[regularize(penalty = f32, activity = self.strength)]
    struct Relu {
        strength: Option<Box<L1L2>>,
    }

    let output = [[1.0_f32, 2.0], [0.0, 3.0]];
    let mut layer = Relu { strength: None };
    assert_eq!(layer.activity_penalty(&output), 0.0);
    assert!(layer.activity().is_none());
    assert!(layer.report().unwrap().rows().is_empty());
    let mut gradient = [[1.0_f32; 2]; 2];
    layer.add_activity_gradient(&output, &mut gradient).unwrap();
    assert_eq!(gradient, [[1.0; 2]; 2]);

    layer.strength = Some(Box::new(l1_l2(0.5, 0.0)));
    assert_eq!(layer.activity_penalty(&output), 1.5);
    assert_eq!(
        layer.report().unwrap().rows()[0].regularizer(),
        "l1_l2(0.5, 0.0)"
    );
    layer.add_activity_gradient(&output, &mut gradient).unwrap();
    assert_eq!(gradient, [[1.25, 1.25], [1.0, 1.25]]);
    assert_eq!(output.penalty(&layer.activity().unwrap()), 3.0);
}
