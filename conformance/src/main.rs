//! The program `regularize-conformance`.

fn main() -> std::process::ExitCode {
    regularize_conformance::command::main()
}
