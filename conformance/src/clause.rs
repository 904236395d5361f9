//! The clauses of SPEC.md: their names, known to the compiler, and their cases.

use crate::case::{Case, Editions, SyntaxError};

/// The text of the specification.
pub const SPEC: &str = include_str!("../SPEC.md");

/// One clause.
#[derive(Clone, Debug)]
pub struct Clause {
    /// Its name, as in `l1l2.zero-factor`.
    pub id: &'static str,
    /// The fact that it states.
    pub title: &'static str,
    /// The chapter that it is in.
    pub chapter: &'static str,
    /// The line of its heading.
    pub line: usize,
    /// Its cases, in order.
    pub cases: Vec<Case>,
}

/// All clauses, in the order of the text.
///
/// # Errors
///
/// The first line of a case that is none.
///
/// ```
/// let clauses = regularize_conformance::clauses()?;
/// assert_eq!(clauses.len(), regularize_conformance::IDS.len());
/// # Ok::<(), regularize_conformance::SyntaxError>(())
/// ```
pub fn clauses() -> Result<Vec<Clause>, SyntaxError> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut chapter = "";
    let mut block: Option<Editions> = None;
    for (index, text) in SPEC.lines().enumerate() {
        let line = index + 1;
        if text.starts_with("```") {
            block = match text.strip_prefix("```case") {
                Some(info) => Some(Editions::parse(info, line)?),
                None => None,
            };
        } else if let Some(heading) = text.strip_prefix("### ") {
            let (id, title) = heading.split_once(SEPARATOR).unwrap_or((heading, ""));
            clauses.push(Clause {
                id,
                title,
                chapter,
                line,
                cases: Vec::new(),
            });
        } else if let Some(heading) = text.strip_prefix("## ") {
            chapter = heading;
        } else if let (Some(editions), Some(clause)) = (&block, clauses.last_mut())
            && !text.trim().is_empty()
        {
            clause.cases.push(Case::parse(text, line, editions)?);
        }
    }
    Ok(clauses)
}

/// What stands between a clause's name and its title.
const SEPARATOR: &str = " — ";

/// Calls a macro with `function_name = "clause.name"` of every clause, in the order of SPEC.md.
///
/// A test binary makes private constants of them: one without a test is then never used, and a test of none does
/// not compile. A name here that SPEC.md does not have, and the other way round, does not compile either.
#[macro_export]
macro_rules! for_each_clause {
    ($macro:ident) => {
        $macro! {
            editions_newest = "editions.newest",
            editions_table = "editions.table",
            factors_finite = "factors.finite",
            factors_negative = "factors.negative",
            factors_not_finite = "factors.not-finite",
            factors_none = "factors.none",
            factors_text = "factors.text",
            factors_default = "factors.default",
            factors_l1_l2_default = "factors.l1-l2-default",
            factors_rounding = "factors.rounding",
            factors_floatx = "factors.floatx",
            factors_cast = "factors.cast",
            values_l1 = "values.l1",
            values_l2 = "values.l2",
            values_l1_l2 = "values.l1-l2",
            values_rounded_once = "values.rounded-once",
            values_empty = "values.empty",
            values_even = "values.even",
            values_scaling = "values.scaling",
            special_zero_factor = "special.zero-factor",
            special_zero_factor_alone = "special.zero-factor-alone",
            special_nan = "special.nan",
            special_infinite = "special.infinite",
            special_overflow = "special.overflow",
            special_underflow = "special.underflow",
            special_subnormal = "special.subnormal",
            special_minus_zero = "special.minus-zero",
            order_any = "order.any",
            order_bound = "order.bound",
            order_lattice = "order.lattice",
            gradients_subdifferential = "gradients.subdifferential",
            gradients_convex = "gradients.convex",
            gradients_l1 = "gradients.l1",
            gradients_l2 = "gradients.l2",
            gradients_zero = "gradients.zero",
            gradients_special = "gradients.special",
            gradients_minimum = "gradients.minimum",
            proximal_soft_threshold = "proximal.soft-threshold",
            proximal_shrink = "proximal.shrink",
            proximal_both = "proximal.both",
            proximal_zeros = "proximal.zeros",
            proximal_special = "proximal.special",
            activity_divided = "activity.divided",
            activity_first_axis = "activity.first-axis",
            activity_empty_batch = "activity.empty-batch",
            layers_order = "layers.order",
            layers_frozen = "layers.frozen",
            layers_absent = "layers.absent",
            layers_nested = "layers.nested",
            layers_shared = "layers.shared",
            layers_total = "layers.total",
            identifiers_functions = "identifiers.functions",
            identifiers_l1_l2 = "identifiers.l1-l2",
            identifiers_l1l2 = "identifiers.l1l2",
            identifiers_classes = "identifiers.classes",
            identifiers_orthogonal = "identifiers.orthogonal",
            identifiers_unknown = "identifiers.unknown",
            config_form = "config.form",
            config_factors = "config.factors",
            config_round_trip = "config.round-trip",
            config_classes = "config.classes",
            config_arguments = "config.arguments",
            config_missing = "config.missing",
            config_factor = "config.factor",
            config_module = "config.module",
            config_model = "config.model",
            config_file = "config.file",
            orthogonal_value = "orthogonal.value",
            orthogonal_class = "orthogonal.class",
            orthogonal_floor = "orthogonal.floor",
            orthogonal_degenerate = "orthogonal.degenerate",
            merging_exact = "merging.exact",
            merging_special = "merging.special",
            merging_bytes = "merging.bytes",
            merging_corrupt = "merging.corrupt",
            merging_model = "merging.model",
            merging_shards = "merging.shards",
            merging_whole = "merging.whole",
            merging_disagreement = "merging.disagreement",
            merging_unsplit = "merging.unsplit",
            merging_local = "merging.local",
            merging_replicas = "merging.replicas",
            conversions_weight_decay = "conversions.weight-decay",
            conversions_contrib = "conversions.contrib",
            conversions_elastic_net = "conversions.elastic-net",
        }
    };
}

macro_rules! ids {
    ($($name:ident = $id:literal,)*) => {
        /// The names of all clauses, in the order of SPEC.md.
        pub const IDS: &[&str] = &[$($id),*];

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}
for_each_clause!(ids);

const _: () = {
    let (mut found, mut at) = (0, 0);
    let spec = SPEC.as_bytes();
    while at < spec.len() {
        if (at == 0 || spec[at - 1] == b'\n') && begins(spec, at, b"### ") {
            assert!(
                found < IDS.len(),
                "SPEC.md has a clause that the list has not"
            );
            let id = IDS[found].as_bytes();
            assert!(
                begins(spec, at + 4, id) && begins(spec, at + 4 + id.len(), SEPARATOR.as_bytes()),
                "SPEC.md and the list differ in a clause, or in the order"
            );
            assert!(
                is_name_of(NAMES[found].as_bytes(), id),
                "the name of a test is that of the clause, with `_` for `.` and `-`"
            );
            found += 1;
        }
        at += 1;
    }
    assert!(
        found == IDS.len(),
        "the list has a clause that SPEC.md has not"
    );
};

const fn begins(text: &[u8], at: usize, with: &[u8]) -> bool {
    let mut i = 0;
    while i < with.len() {
        if at + i >= text.len() || text[at + i] != with[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn is_name_of(name: &[u8], id: &[u8]) -> bool {
    let mut i = 0;
    while i < id.len() {
        let expected = match id[i] {
            b'.' | b'-' => b'_',
            other => other,
        };
        if i >= name.len() || name[i] != expected {
            return false;
        }
        i += 1;
    }
    name.len() == id.len()
}
