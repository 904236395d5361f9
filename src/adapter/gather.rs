//! Gathers numbers that are not a slice on the stack, so that they are computed as fast as slices. Nothing is allocated.

use regularize_core::{Float, Step, Sums, Terms};
use std::array::from_fn;

/// Numbers that are copied to the stack at once.
pub(crate) const AT_ONCE: usize = 256;

pub(crate) fn sums<'a, T: Float>(mut x: impl Iterator<Item = &'a T>) -> Sums {
    let (mut sums, mut gathered) = (Sums::new(), [T::ZERO; AT_ONCE]);
    loop {
        let mut length = 0;
        for (place, x) in gathered.iter_mut().zip(&mut x) {
            *place = *x;
            length += 1;
        }
        sums.extend(&gathered[..length]);
        if length < AT_ONCE {
            return sums;
        }
    }
}

/// Adds subgradients of as many numbers as there are gradients, in the same order: of weights, or of an output of a batch.
pub(crate) fn add_subgradient<'a, T: Float>(
    terms: &Terms,
    batch: Option<usize>,
    x: impl Iterator<Item = &'a T>,
    g: impl Iterator<Item = &'a mut T>,
) {
    let (mut x, mut pairs) = ([T::ZERO; AT_ONCE], x.zip(g).fuse());
    loop {
        let mut length = 0;
        let mut places: [Option<&mut T>; AT_ONCE] = from_fn(|at| {
            let (own, place) = pairs.next()?;
            x[at] = *own;
            length += 1;
            Some(place)
        });
        change(&mut places, |g| add(terms, batch, &x[..length], g));
        if length < AT_ONCE {
            return;
        }
    }
}

/// The same of slices.
pub(crate) fn add<T: Float>(terms: &Terms, batch: Option<usize>, x: &[T], g: &mut [T]) {
    let added = match batch {
        Some(batch) => terms.add_subgradient_per_sample(batch, x, g),
        None => terms.add_subgradient(x, g),
    };
    added.expect("as many gradients as numbers");
}

pub(crate) fn proximal_step<'a, T: Float>(
    terms: &Terms,
    step: Step,
    x: impl Iterator<Item = &'a mut T>,
) {
    let mut x = x.fuse();
    loop {
        let mut places: [Option<&mut T>; AT_ONCE] = from_fn(|_| x.next());
        change(&mut places, |x| terms.proximal_step(step, x));
        if places[AT_ONCE - 1].is_none() {
            return;
        }
    }
}

/// Changes the numbers at the first places, which are those that there are.
fn change<T: Float>(places: &mut [Option<&mut T>; AT_ONCE], of: impl FnOnce(&mut [T])) {
    let mut gathered = [T::ZERO; AT_ONCE];
    let mut length = 0;
    for (number, place) in gathered.iter_mut().zip(places.iter().flatten()) {
        *number = **place;
        length += 1;
    }
    of(&mut gathered[..length]);
    for (place, number) in places.iter_mut().flatten().zip(gathered) {
        **place = number;
    }
}
