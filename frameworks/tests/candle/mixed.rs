//! Layers of different types in one list or one field.

use super::*;
use candle_nn::{Conv2d, Linear, conv2d, linear};

/// A layer of the model, as Keras' `Sequential` has them.
type Layer = Box<dyn Regularize<Penalty = Result<Tensor>>>;

#[derive(Regularize)]
struct Dense {
    #[regularize(kernel = l2(0.5), bias = l1(0.25))]
    fc: Linear,
}

#[derive(Regularize)]
struct Scale(#[regularize(l1(0.5))] Var);

#[test]
fn a_list_of_boxes_is_a_model() -> Result<()> {
    let (map, builder) = variables();
    let fc = linear(2, 1, builder.pp("fc"))?;
    set(&map, "fc.weight", &[2.0, -4.0])?;
    set(&map, "fc.bias", &[-3.0])?;
    let scale = variable(&[0.25, -2.0])?;
    let mut model: Vec<Layer> = vec![Box::new(Dense { fc }), Box::new(Scale(scale.clone()))];
    let expected = [("0.fc.kernel", 10.0), ("0.fc.bias", 0.75), ("1.0", 1.125)];
    assert_eq!(losses(&model)?, named(&expected));
    assert_eq!(number(model.penalty())?, 11.875);
    let gradients = model.penalty()?.backward()?;
    assert_eq!(numbers(gradients.get(&scale).unwrap())?, [0.5, -0.5]);

    model.proximal_step(1.0)?;
    assert_eq!(get(&map, "fc.weight")?, [1.0, -2.0]);
    assert_eq!(get(&map, "fc.bias")?, [-2.75]);
    assert_eq!(numbers(&scale)?, [0.0, -1.5]);
    Ok(())
}

#[test]
fn a_tuple_and_an_array_of_layers_have_their_roles() -> Result<()> {
    #[derive(Regularize)]
    struct Blocks {
        #[regularize(kernel = l2(0.5))]
        blocks: (Conv2d, Linear),
        #[regularize(kernel = l1(1.0))]
        heads: [Linear; 2],
    }

    let (map, builder) = variables();
    let at = |name| builder.pp(name);
    let mut model = Blocks {
        blocks: (
            conv2d(2, 1, 1, Default::default(), at("conv"))?,
            linear(1, 1, at("fc"))?,
        ),
        heads: [linear(1, 1, at("left"))?, linear(1, 1, at("right"))?],
    };
    set(&map, "conv.weight", &[2.0, -6.0])?;
    set(&map, "fc.weight", &[4.0])?;
    set(&map, "left.weight", &[0.5])?;
    set(&map, "right.weight", &[-3.0])?;
    let expected = [
        ("blocks.0.kernel", 20.0),
        ("blocks.1.kernel", 8.0),
        ("heads.0.kernel", 0.5),
        ("heads.1.kernel", 3.0),
    ];
    assert_eq!(losses(&model)?, named(&expected));

    model.proximal_step(1.0)?;
    assert_eq!(get(&map, "conv.weight")?, [1.0, -3.0]);
    assert_eq!(get(&map, "fc.weight")?, [2.0]);
    assert_eq!(get(&map, "left.weight")?, [0.0]);
    assert_eq!(get(&map, "right.weight")?, [-2.0]);
    Ok(())
}
