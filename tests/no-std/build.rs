//! Links the C runtime's start, which calls `main`, and nothing of Rust's.

fn main() {
    println!("cargo::rustc-link-lib=c");
}
