//! What no attribute names, in burn's layers.

use crate::{linear, param, tape};
use burn::module::{Module, Param};
use burn::nn::{BatchNorm, BatchNormConfig, Linear};
use burn::tensor::Tensor;
use regularize::{Regularize, State};

#[derive(Module, Debug, Regularize)]
struct Net {
    #[regularize(kernel = l1(0.5))]
    fc: Linear,
    norm: BatchNorm,
    #[regularize(kernel = l1(0.5), bias = none)]
    whole: Option<Linear>,
    heads: Vec<Linear>,
    scale: Param<Tensor<1>>,
    frozen: Linear,
}

#[test]
fn a_report_lists_the_weights_that_nobody_regularizes() {
    let device = tape();
    let layer = || linear(&[1.0, 0.0], &[0.0], &device);
    let net = Net {
        fc: layer(),
        norm: BatchNormConfig::new(2).init(&device),
        whole: Some(layer()),
        heads: vec![layer()],
        scale: param(&[1.0], &device),
        frozen: layer().no_grad(),
    };
    let report = net.report().unwrap();
    let rows = report.rows().iter();
    let rows = rows.filter(|row| row.state() == &State::Unregularized);
    let rows: Vec<_> = rows.map(|row| (row.path(), row.count().len)).collect();
    let expected = [
        ("fc.bias", 1),
        ("norm.gamma", 2),
        ("norm.beta", 2),
        ("heads.0.kernel", 2),
        ("heads.0.bias", 1),
        ("scale", 1),
    ];
    assert_eq!(rows, expected);
}
