//! One variable in two places: it is one weight, as a variable of Keras is.

use super::*;
use candle_nn::{Embedding, Linear, embedding};
use regularize::{L2, State};

#[derive(Regularize)]
#[regularize(encoder = l1_l2(1.0, 0.5), decoder = l1_l2(1.0, 0.5))]
struct Alike {
    encoder: Tensor,
    decoder: Tensor,
}

#[derive(Regularize)]
#[regularize(encoder = l2(0.5), decoder = l1(0.5))]
struct Unlike {
    encoder: Tensor,
    decoder: Tensor,
}

/// A variable under one name, asked for twice.
fn tied() -> Result<(VarMap, Tensor, Tensor)> {
    let (map, builder) = variables();
    let (first, second) = (builder.get(2, "table")?, builder.get(2, "table")?);
    set(&map, "table", &[3.0, -5.0])?;
    Ok((map, first, second))
}

#[test]
fn a_variable_that_is_asked_for_twice_counts_once() -> Result<()> {
    let (_map, encoder, decoder) = tied()?;
    let model = Alike { encoder, decoder };
    assert_eq!(losses(&model)?, named(&[("encoder", 8.0 + 0.5 * 34.0)]));
    model.check()?;
    let report = model.report()?;
    assert_eq!((report.total(), report.count().len), (25.0, 2));
    let shared = State::Shared {
        first: "encoder".into(),
        counted: "l1_l2(1.0, 0.5)".into(),
    };
    assert_eq!(report.rows()[1].state(), &shared);
    Ok(())
}

#[test]
fn another_regularizer_at_the_second_place_is_a_conflict() -> Result<()> {
    let (_map, encoder, decoder) = tied()?;
    let model = Unlike { encoder, decoder };
    assert_eq!(losses(&model)?, named(&[("encoder", 0.5 * 34.0)]));
    let error = model.check().unwrap_err();
    assert_eq!(
        error.to_string(),
        "decoder: this weight is shared with `encoder`, where its regularizer is `l2(0.5)`; \
         `l1(0.5)` does not count: write the same one at both places"
    );
    Ok(())
}

#[test]
fn the_gradient_of_a_shared_variable_is_taken_once() -> Result<()> {
    let (map, encoder, decoder) = tied()?;
    let gradients = Alike { encoder, decoder }.penalty()?.backward()?;
    let gradient = gradients.get(&map.data().lock().unwrap()["table"]).cloned();
    assert_eq!(numbers(&gradient.unwrap())?, [1.0 + 3.0, -1.0 - 5.0]);
    Ok(())
}

#[test]
fn the_proximal_step_of_a_shared_variable_is_taken_once() -> Result<()> {
    let (map, encoder, decoder) = tied()?;
    let mut model = Alike { encoder, decoder };
    model.proximal_step(1.0)?;
    assert_eq!(get(&map, "table")?, [(3.0 - 1.0) / 2.0, -(5.0 - 1.0) / 2.0]);
    assert_eq!(numbers(&model.decoder)?, [1.0, -2.0]);
    Ok(())
}

#[test]
fn an_embedding_and_the_linear_layer_that_it_is_tied_to_are_one_weight() -> Result<()> {
    #[derive(Regularize)]
    struct Tied {
        #[regularize(embeddings = l2(0.5))]
        embedding: Embedding,
        #[regularize(kernel = l2(0.5))]
        head: Linear,
    }

    let (map, builder) = variables();
    let embedding = embedding(1, 2, builder.pp("table"))?;
    let head = Linear::new(embedding.embeddings().clone(), None);
    set(&map, "table.weight", &[1.0, 2.0])?;
    let mut model = Tied { embedding, head };
    assert_eq!(losses(&model)?, named(&[("embedding.embeddings", 2.5)]));
    model.proximal_step(1.0)?;
    assert_eq!(get(&map, "table.weight")?, [0.5, 1.0]);
    Ok(())
}

#[test]
fn clones_of_a_var_are_one_weight_and_equal_numbers_are_two() -> Result<()> {
    #[derive(Regularize)]
    struct Pair(#[regularize(l1(1.0))] Var, #[regularize(l1(1.0))] Var);

    let variable = || variable(&[2.0]);
    let first = variable()?;
    assert_eq!(number(Pair(first.clone(), first).penalty())?, 2.0);
    assert_eq!(number(Pair(variable()?, variable()?).penalty())?, 4.0);
    Ok(())
}

/// What a place without a regularizer does not count there is not stepped there either.
#[test]
fn a_first_place_without_a_regularizer_leaves_loss_and_step_to_the_second() -> Result<()> {
    #[derive(Regularize)]
    #[regularize(encoder = self.strength, decoder = l1(1.0))]
    struct Later {
        encoder: Tensor,
        decoder: Tensor,
        strength: Option<L2>,
    }

    let (map, encoder, decoder) = tied()?;
    let mut model = Later {
        encoder,
        decoder,
        strength: None,
    };
    assert_eq!(losses(&model)?, named(&[("decoder", 8.0)]));
    model.proximal_step(1.0)?;
    assert_eq!(get(&map, "table")?, [2.0, -4.0]);
    Ok(())
}
