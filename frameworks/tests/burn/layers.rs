//! burn's layers: every weight has a role, and nothing else has one.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::nn::activation::{Activation, ActivationConfig};
use burn::nn::attention::{
    CrossAttention, CrossAttentionConfig, MultiHeadAttention, MultiHeadAttentionConfig,
};
use burn::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvTranspose1d,
    ConvTranspose1dConfig, ConvTranspose2d, ConvTranspose2dConfig, ConvTranspose3d,
    ConvTranspose3dConfig, DeformConv2d, DeformConv2dConfig,
};
use burn::nn::norm::{Normalization, NormalizationConfig};
use burn::nn::transformer::{
    PositionWiseFeedForward, PositionWiseFeedForwardConfig, TransformerDecoder,
    TransformerDecoderConfig, TransformerEncoder, TransformerEncoderConfig,
};
use burn::nn::{
    BatchNorm, BatchNormConfig, BiGru, BiGruConfig, BiLstm, BiLstmConfig, BiRnn, BiRnnConfig,
    Embedding, EmbeddingConfig, GroupNorm, GroupNormConfig, Gru, GruConfig, InstanceNorm,
    InstanceNormConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig, Lstm, LstmConfig, PRelu,
    PReluConfig, RmsNorm, RmsNormConfig, Rnn, RnnConfig, SwiGlu, SwiGluConfig,
};
use burn::tensor::{Device, Tensor};
use regularize::extend::{Path, Weight};
use regularize::{Error, ErrorKind, Regularize, Rules, l2, role};
use std::collections::BTreeSet;

/// A model of one layer, with every role that the layer has.
macro_rules! net {
    ($layer:ty: $($role:ident),+) => {
        #[derive(Module, Debug, Regularize)]
        struct Net {
            #[regularize($($role = l2(0.5)),+)]
            layer: $layer,
        }
    };
}

/// A test that the weights of a layer have these paths, and are all numbers that burn counts.
macro_rules! covers {
    ($($name:ident: $layer:ty { $($role:ident),+ } = $paths:expr, $($made:expr),+;)+) => {$(
        #[test]
        fn $name() {
            net!($layer: $($role),+);
            $({
                let net = Net { layer: $made.init(&Device::default()) };
                let count = net.num_params();
                assert_covers(net, &$paths, count);
            })+
        }
    )+};
}

/// Makes every number of a module a one.
struct Ones;

impl ModuleMapper for Ones {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|x| x.ones_like())
    }
}

/// Counts the numbers of a module that are a half.
struct Halves(usize);

impl ModuleVisitor for Halves {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let numbers = crate::numbers(param.val());
        self.0 += numbers.iter().filter(|&&x| x == 0.5).count();
    }
}

fn assert_covers<N: Module + Regularize>(net: N, paths: &[String], count: usize) {
    let mut net = net.map(&mut Ones);
    let report = net.report().unwrap();
    let met: Vec<_> = report.rows().iter().map(|row| row.path()).collect();
    let expected: BTreeSet<_> = paths.iter().map(|path| format!("layer.{path}")).collect();
    let expected: BTreeSet<_> = expected.iter().map(String::as_str).collect();
    assert_eq!(met.iter().copied().collect::<BTreeSet<_>>(), expected);
    assert_eq!(met.len(), expected.len(), "each once: {met:?}");
    assert!(net.losses().iter().map(|(path, _)| path).eq(met));
    assert_walked(&net, &expected);
    assert_eq!(
        (report.count().len, report.total()),
        (count, 0.5 * count as f64)
    );

    // 1/(1 + 2·0.5) of each, and what is no weight stays.
    net.proximal_step(1.0).unwrap();
    let mut halves = Halves(0);
    net.visit(&mut halves);
    assert_eq!(halves.0, count);
}

/// Rules find the same weights without a role.
fn assert_walked(net: &impl Module, paths: &BTreeSet<&str>) {
    let rules = Rules::new().with("*", l2(0.5));
    let met = match rules.module(net) {
        Ok(ruled) => ruled.report().unwrap(),
        Err(error) => {
            let none = "no weight is at `*`: the model has no weights";
            assert_eq!((error.to_string().as_str(), paths.len()), (none, 0));
            return;
        }
    };
    let met: Vec<_> = met.rows().iter().map(|row| row.path()).collect();
    assert_eq!(met.iter().copied().collect::<BTreeSet<_>>(), *paths);
    assert_eq!(met.len(), paths.len(), "each once: {met:?}");
}

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.into()).collect()
}

/// The names in each of the layers within.
fn within(layers: &[&str], names: &[String]) -> Vec<String> {
    let paths = layers
        .iter()
        .flat_map(|layer| names.iter().map(move |name| format!("{layer}.{name}")));
    paths.collect()
}

const DENSE: [&str; 2] = ["kernel", "bias"];
const NORM: [&str; 2] = ["gamma", "beta"];
const GATE: [&str; 4] = ["kernel", "bias", "recurrent", "recurrent_bias"];
const LSTM: [&str; 4] = ["input_gate", "forget_gate", "output_gate", "cell_gate"];
const COUPLED: [&str; 3] = ["input_gate", "output_gate", "cell_gate"];
const GRU: [&str; 3] = ["update_gate", "reset_gate", "new_gate"];
const BOTH_WAYS: [&str; 2] = ["forward", "reverse"];
const FEED_FORWARD: [&str; 2] = ["linear_inner", "linear_outer"];
const ATTENTION: [&str; 4] = ["query", "key", "value", "output"];

fn gates(names: &[&str]) -> Vec<String> {
    within(names, &named(&GATE))
}

fn without_bias(names: &[&str]) -> Vec<String> {
    within(names, &named(&["kernel", "recurrent"]))
}

/// A layer of a transformer with these attentions and norms.
fn transformer(attentions: &[&str], norms: &[&str]) -> Vec<String> {
    let dense = named(&DENSE);
    [
        within(attentions, &within(&ATTENTION, &dense)),
        within(&["pwff"], &within(&FEED_FORWARD, &dense)),
        within(norms, &named(&NORM)),
    ]
    .concat()
}

covers! {
    linear: Linear { kernel, bias } = named(&DENSE), LinearConfig::new(2, 3);
    linear_without_bias: Linear { kernel, bias } = named(&["kernel"]),
        LinearConfig::new(2, 3).with_bias(false);
    conv1d: Conv1d { kernel, bias } = named(&DENSE), Conv1dConfig::new(2, 3, 5);
    conv2d: Conv2d { kernel, bias } = named(&DENSE), Conv2dConfig::new([2, 3], [5, 5]);
    conv3d: Conv3d { kernel, bias } = named(&DENSE), Conv3dConfig::new([2, 3], [5, 5, 5]);
    conv_transpose1d: ConvTranspose1d { kernel, bias } = named(&DENSE),
        ConvTranspose1dConfig::new([2, 3], 5);
    conv_transpose2d: ConvTranspose2d { kernel, bias } = named(&DENSE),
        ConvTranspose2dConfig::new([2, 3], [5, 5]);
    conv_transpose3d: ConvTranspose3d { kernel, bias } = named(&DENSE),
        ConvTranspose3dConfig::new([2, 3], [5, 5, 5]);
    deform_conv2d: DeformConv2d { kernel, bias } = named(&DENSE),
        DeformConv2dConfig::new([2, 3], [5, 5]);
    embedding: Embedding { embeddings } = named(&["embeddings"]), EmbeddingConfig::new(7, 3);
    layer_norm: LayerNorm { gamma, beta } = named(&NORM), LayerNormConfig::new(4);
    layer_norm_without_bias: LayerNorm { gamma, beta } = named(&["gamma"]),
        LayerNormConfig::new(4).with_bias(false);
    group_norm: GroupNorm { gamma, beta } = named(&NORM), GroupNormConfig::new(2, 4);
    group_norm_without_weights: GroupNorm { gamma, beta } = [],
        GroupNormConfig::new(2, 4).with_affine(false);
    instance_norm: InstanceNorm { gamma, beta } = named(&NORM), InstanceNormConfig::new(4);
    instance_norm_without_weights: InstanceNorm { gamma, beta } = [],
        InstanceNormConfig::new(4).with_affine(false);
    rms_norm: RmsNorm { gamma } = named(&["gamma"]), RmsNormConfig::new(4);
    p_relu: PRelu { alpha } = named(&["alpha"]), PReluConfig::new().with_num_parameters(4);
    swi_glu: SwiGlu { kernel, bias } = within(&FEED_FORWARD, &named(&DENSE)),
        SwiGluConfig::new(2, 3).with_bias(true);
    swi_glu_without_bias: SwiGlu { kernel, bias } = within(&FEED_FORWARD, &named(&["kernel"])),
        SwiGluConfig::new(2, 3).with_bias(false);
    lstm: Lstm { kernel, recurrent, bias } = gates(&LSTM), LstmConfig::new(2, 3, true);
    lstm_without_bias: Lstm { kernel, recurrent, bias } = without_bias(&LSTM),
        LstmConfig::new(2, 3, false);
    lstm_without_a_forget_gate: Lstm { kernel, recurrent, bias } = gates(&COUPLED),
        LstmConfig::new(2, 3, true).with_input_forget(true);
    gru: Gru { kernel, recurrent, bias } = gates(&GRU),
        GruConfig::new(2, 3, true), GruConfig::new(2, 3, true).with_reset_after(false);
    gru_without_bias: Gru { kernel, recurrent, bias } = without_bias(&GRU),
        GruConfig::new(2, 3, false);
    rnn: Rnn { kernel, recurrent, bias } = gates(&["gate"]), RnnConfig::new(2, 3, true);
    rnn_without_bias: Rnn { kernel, recurrent, bias } = without_bias(&["gate"]),
        RnnConfig::new(2, 3, false);
    bi_lstm: BiLstm { kernel, recurrent, bias } = within(&BOTH_WAYS, &gates(&LSTM)),
        BiLstmConfig::new(2, 3, true);
    bi_lstm_without_a_forget_gate: BiLstm { kernel, recurrent, bias } =
        within(&BOTH_WAYS, &gates(&COUPLED)), BiLstmConfig::new(2, 3, true).with_input_forget(true);
    bi_gru: BiGru { kernel, recurrent, bias } = within(&BOTH_WAYS, &gates(&GRU)),
        BiGruConfig::new(2, 3, true);
    bi_rnn: BiRnn { kernel, recurrent, bias } = within(&BOTH_WAYS, &gates(&["gate"])),
        BiRnnConfig::new(2, 3, true);
    multi_head_attention: MultiHeadAttention { kernel, bias } = within(&ATTENTION, &named(&DENSE)),
        MultiHeadAttentionConfig::new(4, 2);
    cross_attention: CrossAttention { kernel, bias } = within(&ATTENTION, &named(&DENSE)),
        CrossAttentionConfig::new(4, 6, 2, 1, 2);
    feed_forward: PositionWiseFeedForward { kernel, bias } = within(&FEED_FORWARD, &named(&DENSE)),
        PositionWiseFeedForwardConfig::new(4, 8);
    transformer_encoder: TransformerEncoder { kernel, bias, gamma, beta } = within(
        &["layers.0", "layers.1"],
        &transformer(&["mha"], &["norm_1", "norm_2"]),
    ), TransformerEncoderConfig::new(4, 8, 2, 2);
    transformer_decoder: TransformerDecoder { kernel, bias, gamma, beta } = within(
        &["layers.0", "layers.1"],
        &transformer(&["self_attn", "cross_attn"], &["norm_1", "norm_2", "norm_3"]),
    ), TransformerDecoderConfig::new(4, 8, 2, 2);
    normalization: Normalization { gamma, beta } = named(&NORM),
        NormalizationConfig::Layer(LayerNormConfig::new(4)),
        NormalizationConfig::Group(GroupNormConfig::new(2, 4)),
        NormalizationConfig::Instance(InstanceNormConfig::new(4));
    normalization_by_rms: Normalization { gamma, beta } = named(&["gamma"]),
        NormalizationConfig::Rms(RmsNormConfig::new(4));
    normalization_of_nothing: Normalization { gamma, beta } = [], NormalizationConfig::Identity;
}

/// burn counts the running mean and variance too, and they are no weights.
#[test]
fn batch_norm() {
    net!(BatchNorm: gamma, beta);
    let layer = BatchNormConfig::new(4).init(&Device::default());
    let net = Net { layer };
    let statistics = 2 * 4;
    let count = net.num_params() - statistics;
    assert_covers(net, &named(&NORM), count);
}

#[test]
fn normalization_by_batch() {
    net!(Normalization: gamma, beta);
    let config = NormalizationConfig::Batch(BatchNormConfig::new(4));
    let layer = config.init(&Device::default());
    let net = Net { layer };
    let statistics = 2 * 4;
    let count = net.num_params() - statistics;
    assert_covers(net, &named(&NORM), count);
}

/// burn skips the weights of the activation in there: no optimizer and no record sees them.
#[test]
fn feed_forward_with_swi_glu() {
    net!(PositionWiseFeedForward: kernel, bias);
    let activation = ActivationConfig::SwiGlu(SwiGluConfig::new(8, 8).with_bias(true));
    let config = PositionWiseFeedForwardConfig::new(4, 8).with_activation(activation);
    let layer = config.init(&Device::default());
    let net = Net { layer };
    let count = net.num_params();
    assert_covers(net, &within(&FEED_FORWARD, &named(&DENSE)), count);
}

#[test]
fn an_activation_alone() {
    net!(Activation: kernel, bias, alpha);
    let swi_glu = ActivationConfig::SwiGlu(SwiGluConfig::new(8, 8).with_bias(true));
    let p_relu = ActivationConfig::PRelu(PReluConfig::new());
    let none: Vec<String> = Vec::new();
    for (config, paths) in [
        (swi_glu, within(&FEED_FORWARD, &named(&DENSE))),
        (p_relu, named(&["alpha"])),
        (ActivationConfig::Relu, none),
    ] {
        let layer = config.init(&Device::default());
        let net = Net { layer };
        let count = net.num_params();
        assert_covers(net, &paths, count);
    }
}

#[derive(Module, Debug, Regularize)]
struct Many {
    #[regularize(kernel = l2(0.5), bias = none)]
    convolutions: Vec<Conv2d>,
    #[regularize(gamma = l2(0.5))]
    norm: Option<LayerNorm>,
    #[regularize(gamma = l2(0.5))]
    missing: Option<LayerNorm>,
}

#[test]
fn lists_and_options_of_layers() {
    let device = Device::default();
    let convolution = || Conv2dConfig::new([1, 1], [1, 1]).init(&device);
    let many = Many {
        convolutions: vec![convolution(), convolution()],
        norm: Some(LayerNormConfig::new(4).init(&device)),
        missing: None,
    };
    let losses = many.losses();
    let losses: Vec<_> = losses.iter().map(|(path, _)| path).collect();
    let expected = [
        "convolutions.0.kernel",
        "convolutions.1.kernel",
        "norm.gamma",
    ];
    assert_eq!(losses, expected);
}

/// The layers that a `CrossAttention` keeps to itself are met one after the other.
#[test]
fn an_error_ends_the_way_through_a_cross_attention() {
    let mut layer = CrossAttentionConfig::new(4, 6, 2, 1, 2).init(&Device::default());
    let mut met = 0;
    let mut stop = |at: &Path<'_>| {
        met += 1;
        Err(Error::new(at, ErrorKind::Borrowed))
    };
    let at = Path::root();
    let error = Weight::<role::kernel>::each_tensor(&layer, &at, &mut |at, _| stop(at));
    assert_eq!(error.unwrap_err().path(), "query.kernel");
    let error = Weight::<role::bias>::each_tensor_mut(&mut layer, &at, &mut |at, _| stop(at));
    assert_eq!(error.unwrap_err().path(), "query.bias");
    assert_eq!(met, 2);
}
