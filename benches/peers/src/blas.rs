//! OpenBLAS: `asum` and `dot` make the value. Its level 1 has neither sign nor threshold, so no gradient and no step.

#![allow(unsafe_code)] // C functions are called

use crate::check::Expected;
use crate::subject::{Operation, Subject};
use crate::{L1, L2};
use std::ffi::{CStr, c_char, c_int};

#[link(name = "openblas")]
unsafe extern "C" {
    fn cblas_sasum(n: c_int, x: *const f32, stride: c_int) -> f32;
    fn cblas_sdot(n: c_int, x: *const f32, stride: c_int, y: *const f32, other: c_int) -> f32;
    fn openblas_get_config() -> *const c_char;
}

fn penalty(x: &[f32]) -> f32 {
    let n = c_int::try_from(x.len()).expect("fewer weights than 2³¹");
    // SAFETY: both read n numbers from where n are.
    let (magnitudes, squares) = unsafe {
        (
            cblas_sasum(n, x.as_ptr(), 1),
            cblas_sdot(n, x.as_ptr(), 1, x.as_ptr(), 1),
        )
    };
    L1 * magnitudes + L2 * squares
}

/// With how it was built, and the kernels that it took for this processor.
pub(crate) fn version() -> String {
    // SAFETY: a static text that ends with 0.
    let text = unsafe { CStr::from_ptr(openblas_get_config()) };
    text.to_string_lossy().trim().to_string()
}

pub(crate) fn subject<'a>(operation: Operation, expected: &Expected<'a>) -> Option<Subject<'a>> {
    (operation == Operation::Value).then(|| Subject::value("OpenBLAS", expected, penalty))
}
