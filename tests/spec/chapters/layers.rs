//! Layers: which losses there are, and in which order.

use crate::clauses;
use regularize::Regularize;
use std::sync::Arc;

#[derive(Regularize)]
#[regularize(kernel = l2(0.5), bias = l1(0.25))]
struct Dense {
    kernel: Vec<f32>,
    bias: Option<Vec<f32>>,
}

#[derive(Regularize)]
struct Encoder {
    #[regularize(nested)]
    blocks: Vec<Dense>,
    #[regularize(l1(0.5))]
    scale: f32,
}

#[derive(Regularize)]
struct Model {
    #[regularize(nested)]
    encoder: Encoder,
    #[regularize(nested)]
    head: Option<Dense>,
}

#[derive(Regularize)]
#[regularize(first = l2(0.5), second = l2(0.5))]
struct Tied {
    first: Arc<[f32]>,
    second: Arc<[f32]>,
}

fn dense(weight: f32) -> Dense {
    Dense {
        kernel: vec![weight],
        bias: Some(vec![weight]),
    }
}

clauses! {
    layers_order
    layers_frozen

    layers_absent {
        let layer = Dense { bias: None, ..dense(2.0) };
        assert!(layer.losses().iter().eq([("kernel", &2.0)]));
    }

    layers_nested {
        let blocks = vec![dense(2.0), dense(4.0)];
        let model = Model { encoder: Encoder { blocks, scale: 6.0 }, head: Some(dense(8.0)) };
        let expected = [
            ("encoder.blocks.0.kernel", 2.0),
            ("encoder.blocks.0.bias", 0.5),
            ("encoder.blocks.1.kernel", 8.0),
            ("encoder.blocks.1.bias", 1.0),
            ("encoder.scale", 3.0),
            ("head.kernel", 32.0),
            ("head.bias", 2.0),
        ];
        assert!(model.losses().iter().eq(expected.iter().map(|(name, loss)| (*name, loss))));
    }

    layers_shared {
        let weight: Arc<[f32]> = Arc::from([2.0]);
        let tied = Tied { first: Arc::clone(&weight), second: weight };
        assert!(tied.losses().iter().eq([("first", &2.0)]));
        let two = Tied { first: Arc::from([2.0]), second: Arc::from([2.0]) };
        assert_eq!(two.losses().len(), 2);
    }

    /// In f32, 2²⁵ + 1 is 2²⁵, and 3 + 2²⁵ is 2²⁵ + 4.
    layers_total {
        let losses = |kernel: f32, bias: f32, head: f32| {
            let layer = |kernel: f32| Dense { kernel: vec![kernel], bias: None };
            let blocks = vec![Dense { bias: Some(vec![bias]), ..layer(kernel) }];
            let model = Model { encoder: Encoder { blocks, scale: 0.0 }, head: Some(layer(head)) };
            (model.penalty(), model.losses().total())
        };
        assert_eq!(losses(8192.0, 0.0, 0.0).0, 33_554_432.0);
        assert_eq!(losses(8192.0, 4.0, 0.0), (33_554_432.0, 33_554_432.0));
        assert_eq!(losses(2.0_f32, 4.0, 8192.0), (33_554_436.0, 33_554_436.0));
    }
}
