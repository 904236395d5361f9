//! Which version of a library was timed.

/// Of the subject with this name. A subject of no library has none.
pub(crate) fn of(name: &str) -> String {
    let package = match name.split(',').next() {
        Some("faer") => "faer",
        Some("candle") => "candle-core",
        Some("burn") => "burn-flex",
        #[cfg(feature = "openblas")]
        Some("OpenBLAS") => return crate::blas::version(),
        _ => return String::new(),
    };
    let lock = include_str!("../Cargo.lock");
    let start = format!("name = \"{package}\"\nversion = \"");
    let version = lock.split(&start).nth(1).and_then(|v| v.split('"').next());
    format!("{package} {}", version.expect("a locked package"))
}
