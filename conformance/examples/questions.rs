//! Prints the questions that real Keras is asked, as `recordings/questions.jsonl` has them.

fn main() -> Result<(), regularize_conformance::SyntaxError> {
    for asked in regularize_conformance::questions()? {
        println!("{}", asked.json().unwrap_or_default());
    }
    Ok(())
}
