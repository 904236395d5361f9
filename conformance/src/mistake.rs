//! The mistakes that implementers make: each is the model with one line changed.

use crate::check::checks;
use crate::model::{Model, Variant};
use crate::subject::Subject;
use crate::wire::AtZero;
use regularize_core::Edition;
use std::fmt;

macro_rules! mistakes {
    ($($mistake:ident = $name:literal: $sentence:literal,)+) => {
        /// A mistake that an implementer makes.
        ///
        /// ```
        /// use regularize_conformance::{Edition, Mistake, Model, Variant};
        ///
        /// let mut halved = Model::new(Edition::LATEST, Variant::Backwards).with_mistake(Mistake::HalvesL2);
        /// let run = regularize_conformance::test(&mut halved, Edition::LATEST);
        /// assert!(!run.passes());
        /// assert_eq!(run.mistake.as_deref(), Some("it computes ½λΣx² instead of λΣx²"));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Mistake {
            $(
                #[doc = concat!("It ", $sentence, ".")]
                $mistake,
            )+
        }

        impl Mistake {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$mistake),+];

            /// The name: `half-l2`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$mistake => $name,)+
                }
            }

            /// Completes 'Every wrong answer is explained by one mistake: it …'.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$mistake => $sentence,)+
                }
            }

            /// Completes 'Every wrong answer is explained by one mistake: …'.
            pub(crate) const fn diagnosis(self) -> &'static str {
                match self {
                    $(Self::$mistake => concat!("it ", $sentence),)+
                }
            }
        }
    };
}

// The narrower stands before the wider: where an edition makes one of two, it has the name of the first.
mistakes! {
    HalvesL2 = "half-l2": "computes ½λΣx² instead of λΣx²",
    HalvesL2Throughout = "half-l2-throughout": "computes ½λΣx² instead of λΣx², and the gradient and proximal points of that",
    DoublesL2 = "double-l2": "computes 2λΣx² instead of λΣx²",
    TakesNorm = "norm": "computes λ√Σx² instead of λΣx²",
    SquaresNorm = "squared-norm": "squares a norm, which is rounded, instead of summing squares",
    TakesMean = "mean": "takes the mean over the weights instead of the sum",
    TakesMeanThroughout = "mean-throughout": "takes the mean over the weights instead of the sum, and its gradient",
    SkipsTailOf8 = "tail-of-8": "leaves out the weights after the last block of 8",
    SkipsTailOf16 = "tail-of-16": "leaves out the weights after the last block of 16",
    IgnoresLast = "ignores-last": "leaves out the last weight",
    IgnoresFirst = "ignores-first": "leaves out the first weight",
    CountsFirstTwice = "first-twice": "counts the first weight twice",
    CountsEqualOnce = "equal-once": "counts weights that are equal once",
    SumsSigned = "signed-sum": "sums x instead of |x|",
    TakesAbsoluteSum = "absolute-sum": "computes |Σx| instead of Σ|x|",
    SwapsTerms = "swapped-terms": "computes l2·Σ|x| + l1·Σx² instead of l1·Σ|x| + l2·Σx²",
    SwapsFactors = "swapped-factors": "swaps the factors of L1L2",
    IgnoresL1 = "ignores-l1": "leaves out the l1 of L1L2",
    IgnoresL2 = "ignores-l2": "leaves out the l2 of L1L2",
    KeepsZeroFactor = "zero-factor-kept": "multiplies by the factors 0 of an L1L2 instead of leaving the terms out",
    SkipsZeroFactor = "zero-factor-skipped": "leaves out the term of an L1 or L2 whose factor is 0",
    DoesNotAddToZero = "no-zero-to-start": "does not add the terms of an L1L2 to 0",
    SumsFromMinusZero = "empty-minus-zero": "answers −0 without weights, as a sum that starts from −0",
    SumsBothFromMinusZero = "empty-minus-zero-both": "answers −0 without weights, also where an L1L2 adds two sums that start from −0",
    AccumulatesF32InF16 = "accumulates-f32-in-f16": "accumulates weights of f32 in f16",
    AccumulatesF32InBF16 = "accumulates-f32-in-bf16": "accumulates weights of f32 in bf16",
    AccumulatesF64InF32 = "accumulates-f64-in-f32": "accumulates weights of f64 in f32",
    NarrowsF64 = "f64-as-f32": "rounds weights of f64 to f32",
    AcceptsNegative = "accepts-negative": "accepts a negative factor",
    RejectsNegative = "rejects-negative": "rejects a negative factor",
    AcceptsNan = "accepts-nan": "accepts a factor of NaN",
    AcceptsInfinite = "accepts-infinite": "accepts an infinite factor",
    ChecksSignOnly = "checks-sign-only": "checks that a factor is not negative, and not that it is finite",
    ChecksNothing = "checks-nothing": "accepts every number as a factor",
    ChecksFirstOnly = "checks-first-only": "checks the first factor of an L1L2, and not the second",
    RejectsNotFinite = "rejects-not-finite": "rejects a factor that is not finite",
    RejectsZero = "rejects-zero": "rejects a factor of 0",
    RejectsMinusZero = "rejects-minus-zero": "rejects a factor of −0",
    KeepsL1 = "l1-not-rounded": "does not round L1's factor to f32",
    KeepsL2 = "l2-not-rounded": "does not round the factors of L2 and L1L2 to f32",
    KeepsFactors = "factors-not-rounded": "rounds no factor to f32",
    RoundsL2 = "l2-rounded": "rounds the factors of L2 and L1L2 to f32",
    LeavesFactorUncast = "factor-not-cast": "does not round a factor to the type of the weights before multiplying",
    DoesNotDivide = "activity-not-divided": "does not divide an activity penalty by the batch",
    Divides = "activity-divided": "divides an activity penalty by the batch",
    DividesByElements = "activity-by-elements": "divides an activity penalty by the count of its numbers",
    DividesByLastAxis = "activity-by-last-axis": "divides an activity penalty by the length of the last axis",
    DividesByAllButLast = "activity-by-all-but-last": "divides an activity penalty by the lengths of all axes but the last",
    MakesEmptyBatchNan = "empty-batch-nan": "answers NaN for an empty batch",
    MakesEmptyBatchZero = "empty-batch-zero": "answers 0 for an empty batch",
    RejectsEmptyBatch = "empty-batch-error": "answers an empty batch with an error",
    SkipsNan = "skips-nan": "leaves out weights that are NaN",
    MakesNanZero = "nan-is-zero": "answers 0 where the penalty is NaN",
    SkipsInfinite = "skips-infinite": "leaves out infinite weights",
    Saturates = "saturates": "answers the largest finite number where the penalty is infinite",
    FlushesSubnormals = "flushes-subnormals": "takes numbers below the smallest normal one for 0",
    HalvesGradient = "gradient-half-l2": "computes the gradient λx instead of 2λx",
    TakesMeanGradient = "gradient-mean": "divides the gradient by the count of the weights",
    NegatesGradient = "gradient-negated": "answers the negative of the gradient",
    LosesSignOfGradient = "gradient-l1-positive": "computes the gradient l1 instead of l1·sign x",
    DropsL1OfGradient = "gradient-without-l1": "leaves out the l1 of L1L2 in the gradient",
    DropsL2OfGradient = "gradient-without-l2": "leaves out the l2 of L1L2 in the gradient",
    HasPlusAtZero = "gradient-plus-at-zero": "has the gradient +l1 at 0, which it does not claim",
    HasMinusAtZero = "gradient-minus-at-zero": "has the gradient −l1 at 0, which it does not claim",
    HasSignAtZero = "gradient-sign-at-zero": "has the gradient l1 with the sign of the zero at 0, which it does not claim",
    DividesForSign = "gradient-sign-divided": "computes sign x as x/|x|, which is NaN at 0 and ∞",
    MakesGradientOfNanZero = "gradient-nan-zero": "has the gradient 0 at NaN",
    ShrinksByHalf = "prox-half-shrink": "divides the proximal point by 1 + τλ instead of 1 + 2τλ",
    ShrinksWithoutStep = "prox-shrink-without-step": "divides the proximal point by 1 + 2λ, without the step",
    ShrinksFirst = "prox-shrinks-first": "divides before it subtracts the threshold in the proximal point",
    ThresholdsHard = "prox-hard-threshold": "keeps what is above the threshold instead of subtracting it in the proximal point",
    ThresholdsWithoutStep = "prox-threshold-without-step": "takes λ for the threshold of the proximal point instead of τλ",
    LosesSignOfProx = "prox-sign-lost": "answers the magnitude of the proximal point",
    HandlesPositiveOnly = "prox-positive-only": "makes the proximal point of negative numbers 0",
    TakesGradientStep = "prox-gradient-step": "takes a step along the gradient instead of the proximal one",
    DropsL1OfProx = "prox-without-l1": "leaves out the l1 of L1L2 in the proximal point",
    DropsL2OfProx = "prox-without-l2": "leaves out the l2 of L1L2 in the proximal point",
    MakesProxOfNanZero = "prox-nan-zero": "makes the proximal point of NaN 0",
    TakesFunctionName = "get-l1-l2-known": "takes \"l1_l2\" for an identifier",
    LacksFunctionName = "get-l1-l2-unknown": "does not know the identifier \"l1_l2\"",
    TakesFunctionDefaultsForZero = "get-l1-l2-zero": "takes \"l1_l2\" for the factors 0 and 0",
    TakesSnakeName = "get-l1l2-known": "takes \"l1l2\" for an identifier",
    LacksSnakeName = "get-l1l2-unknown": "does not know the identifier \"l1l2\"",
    TakesSnakeNameForFunction = "get-l1l2-defaults": "takes \"l1l2\" for the factors 0.01 and 0.01",
    DefaultsL1L2 = "default-l1l2": "takes 0.01 for the factors that an L1L2 is not given",
    IgnoresCase = "get-ignores-case": "takes identifiers in any case",
    KnowsClasses = "get-classes-known": "knows L1 and L2 as classes",
    LacksClasses = "get-classes-unknown": "knows no class by its name in `get`",
    KnowsOrthogonal = "get-orthogonal-known": "knows the identifiers of the orthogonal regularizer",
    LacksOrthogonalNames = "get-orthogonal-unknown": "does not know the identifiers of the orthogonal regularizer",
    MakesUnknownNone = "get-unknown-none": "makes None of an identifier that it does not know",
    MakesNullAnError = "get-null-error": "answers `get` of null with an error",
    TakesNumberForFactor = "get-number": "takes a number for the factor of an L2 in `get`",
    LacksObjects = "get-no-objects": "makes nothing of a JSON object in `get`",
    LeavesDefaultUnrounded = "default-not-rounded": "does not round the default factor to f32",
    DefaultsToThousandth = "default-thousandth": "takes 0.001 for the default factor",
    IgnoresConfigFactors = "get-factors-ignored": "ignores the factors of a JSON",
    IgnoresUnknownArguments = "get-arguments-ignored": "ignores arguments of a JSON that the class does not have",
    TakesShortArgument = "get-l-known": "takes the argument l of L1 and L2",
    LacksShortArgument = "get-l-unknown": "does not know the argument l of L1 and L2",
    LetsLongArgumentWin = "get-l-loses": "prefers the arguments l1 and l2 to l",
    MakesNullFactorZero = "get-null-factor-zero": "takes null for a factor of 0",
    RejectsNullFactor = "get-null-factor-error": "rejects null for a factor",
    NeedsConfig = "get-config-needed": "rejects a JSON without a config",
    MakesConfigOptional = "get-config-optional": "takes a JSON without a config",
    ChecksModule = "get-module-checked": "rejects a JSON with another module",
    TrustsJson = "get-factor-unchecked": "does not check the factors of a JSON",
    CallsUnknownInvalid = "kind-unknown": "calls a name that it does not know an invalid identifier",
    CallsInvalidUnknown = "kind-invalid": "calls an invalid identifier a name that it does not know",
    LeavesOutModule = "config-no-module": "writes no module into a config",
    LeavesOutRegisteredName = "config-no-registered-name": "writes no registered_name into a config",
    WritesOldForm = "config-old-form": "writes neither module nor registered_name into a config",
    WritesNewForm = "config-new-form": "writes a module and a registered_name into a config",
    WritesSourceModule = "config-source-module": "writes the module keras.src.regularizers.regularizers into a config",
    WritesRegisteredName = "config-registered-name": "writes the class for the registered_name of a config",
    WritesL1L2 = "config-class-l1l2": "writes the class L1L2 into the config of an L1 or L2",
    WritesL1AndL2 = "config-class-l1": "writes the classes L1 and L2 into a config",
    WritesFunctionNames = "config-function-names": "writes l1, l2 and l1_l2 for the class of a config",
    WritesFactorUnrounded = "config-factor-not-rounded": "writes the factor into a config that it was given, not rounded to f32",
    WritesFactorRounded = "config-factor-rounded": "writes a factor that is rounded to f32 into a config",
    LacksOrthogonal = "orthogonal-missing": "has no orthogonal regularizer",
    SumsSignedCosines = "orthogonal-signed": "sums cosines instead of their magnitudes",
    SquaresCosines = "orthogonal-squared": "sums squares of cosines instead of their magnitudes",
    SwapsModes = "orthogonal-swapped-modes": "takes rows for columns in the orthogonal regularizer",
    CountsPairsTwice = "orthogonal-pairs-twice": "counts each pair of vectors twice",
    SumsPairs = "orthogonal-sum": "sums over the pairs of vectors instead of taking the mean",
    DoesNotNormalize = "orthogonal-not-normalized": "does not divide vectors by their lengths",
    CountsDiagonal = "orthogonal-diagonal": "counts the cosine of each vector with itself",
    TakesOtherFloor = "orthogonal-floor": "divides short vectors by the floor of the other generation of Keras",
    MakesSingleZero = "orthogonal-single-zero": "answers 0 for fewer than two vectors",
}

impl Mistake {
    /// Whether it is a mistake in an edition: some answer is wrong there.
    ///
    /// What is a mistake in one edition is right in another.
    ///
    /// ```
    /// use regularize_conformance::{Edition, Mistake};
    ///
    /// assert!(Mistake::AcceptsNegative.applies(Edition::KERAS_3_0));
    /// assert!(!Mistake::AcceptsNegative.applies(Edition::TF_2_10));
    /// ```
    #[must_use]
    pub fn applies(self, edition: Edition) -> bool {
        let mut model = Model::new(edition, Variant::InOrder).with_mistake(self);
        checks(edition, AtZero::Zero).iter().any(|check| {
            let answer = model.answer(&check.request);
            check.expect.judge(check.request.dtype(), &answer).is_some()
        })
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
