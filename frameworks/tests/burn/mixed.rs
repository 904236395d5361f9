//! Layers of different types in one list or one field.

use crate::{linear, number, numbers, param, tape};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Tensor};
use regularize::{Losses, Regularize};

/// A layer of the model, as Keras' `Sequential` has them.
type Layer = Box<dyn Regularize<Penalty = Tensor<1>>>;

#[derive(Module, Debug, Regularize)]
struct Dense {
    #[regularize(kernel = l2(0.5), bias = l1(0.25))]
    fc: Linear,
}

#[derive(Module, Debug, Regularize)]
struct Scale {
    #[regularize(l1(0.5))]
    scale: Param<Tensor<1>>,
}

fn read(losses: &Losses<Tensor<1>>) -> Vec<(&str, f64)> {
    let losses = losses.iter();
    losses
        .map(|(path, loss)| (path, number(loss.clone())))
        .collect()
}

#[test]
fn a_list_of_boxes_is_a_model() {
    for device in [Device::default(), tape()] {
        let fc = linear(&[2.0, -4.0], &[1.0, -3.0], &device);
        let scale = param(&[0.25, -2.0], &device);
        let mut model: Vec<Layer> = vec![Box::new(Dense { fc }), Box::new(Scale { scale })];
        let expected = [
            ("0.fc.kernel", 10.0),
            ("0.fc.bias", 1.0),
            ("1.scale", 1.125),
        ];
        assert_eq!(read(&model.losses()), expected);
        assert_eq!(number(model.penalty()), 12.125);

        // [1, −2], [0.75, −2.75] and [0, −1.5]
        model.proximal_step(1.0).unwrap();
        let expected = [
            ("0.fc.kernel", 2.5),
            ("0.fc.bias", 0.875),
            ("1.scale", 0.75),
        ];
        assert_eq!(read(&model.losses()), expected);
        assert_eq!(model.report().unwrap().count().zeros, 1);
    }
}

#[test]
fn a_list_of_boxes_is_on_the_tape() {
    let fc = linear(&[2.0, -4.0], &[1.0, -3.0], &tape());
    let scale = param(&[0.25, -2.0], &tape());
    let (kernel, scaled) = (fc.weight.val(), scale.val());
    let model: Vec<Layer> = vec![Box::new(Dense { fc }), Box::new(Scale { scale })];
    let gradients = model.penalty().backward();
    assert_eq!(numbers(kernel.grad(&gradients).unwrap()), [2.0, -4.0]);
    assert_eq!(numbers(scaled.grad(&gradients).unwrap()), [0.5, -0.5]);
}

#[derive(Module, Debug, Regularize)]
struct Blocks {
    #[regularize(kernel = l2(0.5))]
    blocks: (Conv2d, Linear),
    #[regularize(kernel = l1(1.0))]
    heads: [Linear; 2],
}

fn blocks(device: &Device) -> Blocks {
    let mut convolution = Conv2dConfig::new([1, 1], [1, 2]).init(device);
    let kernel = Tensor::<4>::from_data([[[[2.0, -6.0]]]], device);
    convolution.weight = Param::from_tensor(kernel);
    Blocks {
        blocks: (convolution, linear(&[4.0], &[9.0], device)),
        heads: [
            linear(&[0.5], &[9.0], device),
            linear(&[-3.0], &[9.0], device),
        ],
    }
}

#[test]
fn a_tuple_and_an_array_of_layers_have_their_roles() {
    for device in [Device::default(), tape()] {
        let mut model = blocks(&device);
        let expected = [
            ("blocks.0.kernel", 20.0),
            ("blocks.1.kernel", 8.0),
            ("heads.0.kernel", 0.5),
            ("heads.1.kernel", 3.0),
        ];
        assert_eq!(read(&model.losses()), expected);
        assert_eq!(number(model.penalty()), 31.5);

        model.proximal_step(1.0).unwrap();
        assert_eq!(numbers(model.blocks.0.weight.val()), [1.0, -3.0]);
        assert_eq!(numbers(model.blocks.1.weight.val()), [2.0]);
        assert_eq!(numbers(model.heads[0].weight.val()), [0.0]);
        assert_eq!(numbers(model.heads[1].weight.val()), [-2.0]);
    }
}
