//! Names the mistake of a subject: the one whose model answers every question as the subject did.

use crate::check::{Check, checks};
use crate::expect::{Expect, Number, same_json};
use crate::mistake::Mistake;
use crate::model::{Model, Variant};
use crate::subject::Subject;
use crate::wire::{Answer, Claims, Dtype, Reg, Request};
use regularize_core::{Edition, Mode};
use regularize_oracle::Format;

/// What completes 'Every wrong answer is explained by one mistake: …'; `None` if no mistake does, if several do, and
/// if no answer is wrong.
pub(crate) fn diagnose(
    edition: Edition,
    claims: &Claims,
    asked: &[(&Check, &Answer)],
) -> Option<&'static str> {
    the_mistake(edition, claims, asked).map(Mistake::diagnosis)
}

/// The mistake that explains all answers.
///
/// Of several, one whose answers have less room explains more than one that adds in fewer digits; then one that has more
/// of the wrong answers to the last bit; then the one that changes fewest answers beside those that were asked for: a
/// subject that claims gradients only is told that it leaves l1 out of the gradient, not that it leaves it out
/// everywhere. Of those that are the same in the edition, the first. Else none: to name one of two that differ would
/// send a reader to the wrong line as often as to the right one.
pub(crate) fn the_mistake(
    edition: Edition,
    claims: &Claims,
    asked: &[(&Check, &Answer)],
) -> Option<Mistake> {
    let judged = asked.iter().map(|&(check, answer)| Judged {
        check,
        answer,
        is_wrong: is_miss(check, answer),
    });
    // Most mistakes are out at the first wrong answer.
    let (mut judged, right): (Vec<_>, Vec<_>) = judged.partition(|judged| judged.is_wrong);
    if judged.is_empty() {
        return None;
    }
    judged.extend(right);
    let model = |mistake: Mistake, variant: Variant| {
        let model = Model::new(edition, variant).with_mistake(mistake);
        model.with_at_zero(claims.at_zero)
    };
    let explaining = Mistake::ALL.iter().copied();
    let explaining =
        explaining.filter(|&mistake| explains(|variant| model(mistake, variant), mistake, &judged));
    let mut explaining: Vec<Mistake> = explaining.collect();
    if explaining.len() < 2 {
        return explaining.first().copied();
    }
    let digits = |mistake: Mistake| {
        let narrow = Dtype::ALL
            .iter()
            .find_map(|&dtype| mistake.accumulator(dtype));
        narrow.map_or(u32::MAX, |dtype| dtype.format().precision())
    };
    keep_most(&mut explaining, digits);
    let equal = |mistake: Mistake| {
        let mut models = WAYS.map(|variant| model(mistake, variant));
        let mut is_equal = |judged: &&Judged<'_>| {
            let mut told = models
                .iter_mut()
                .map(|model| model.answer(&judged.check.request));
            told.any(|told| told == *judged.answer)
        };
        judged
            .iter()
            .filter(|judged| judged.is_wrong)
            .filter(|judged| is_equal(judged))
            .count()
    };
    keep_most(&mut explaining, equal);
    if let [mistake] = explaining[..] {
        return Some(mistake);
    }

    let checks = checks(edition, claims.at_zero);
    let everything = |&mistake: &Mistake| {
        let mut model = model(mistake, Variant::InOrder);
        let answers: Vec<Answer> = checks
            .iter()
            .map(|check| model.answer(&check.request))
            .collect();
        let changed = checks
            .iter()
            .zip(&answers)
            .filter(|(check, answer)| is_miss(check, answer))
            .count();
        (changed, mistake, answers)
    };
    let everything: Vec<_> = explaining.iter().map(everything).collect();
    let fewest = everything.iter().map(|(changed, ..)| *changed).min();
    let mut fewest = everything
        .into_iter()
        .filter(|(changed, ..)| Some(*changed) == fewest);
    let (_, mistake, answers) = fewest.next()?;
    fewest
        .all(|(_, _, others)| others == answers)
        .then_some(mistake)
}

fn keep_most<K: Ord>(mistakes: &mut Vec<Mistake>, of: impl Fn(Mistake) -> K) {
    let keys: Vec<K> = mistakes.iter().map(|&mistake| of(mistake)).collect();
    let most = keys.iter().max();
    let mut is_most = keys.iter().map(|key| Some(key) == most);
    mistakes.retain(|_| is_most.next().unwrap_or(false));
}

/// A check, its answer, and whether that is wrong.
struct Judged<'a> {
    check: &'a Check,
    answer: &'a Answer,
    is_wrong: bool,
}

/// Ways to compute of which one may overflow on the way to a number where another does not.
const WAYS: [Variant; 3] = [Variant::InOrder, Variant::Wide, Variant::Halves];

/// Whether a subject with the mistake, in whatever order it sums, may have answered so.
fn explains(model: impl Fn(Variant) -> Model, mistake: Mistake, judged: &[Judged<'_>]) -> bool {
    // Where a mistake loses digits, the order of summation decides which answers are wrong.
    let is_narrow = Dtype::ALL
        .iter()
        .any(|&dtype| mistake.accumulator(dtype).is_some());
    let mut models = WAYS.map(model);
    let (mut wrong, mut shared) = (0, 0);
    for judged in judged {
        let &Judged {
            check,
            answer,
            is_wrong,
        } = judged;
        let mut told_wrong = models.iter_mut().filter_map(|model| {
            let told = model.answer(&check.request);
            let told_wrong = is_miss(check, &told);
            // Two answers that are right agree: the mistake does not show. One that does not show at an exact answer,
            // in no order, does not explain that it is wrong.
            let agrees = match (is_wrong, told_wrong) {
                (false, false) => true,
                (true, false) if !is_narrow && is_exact(&check.expect) => false,
                _ => agrees(check, mistake, answer, &told),
            };
            agrees.then_some(told_wrong)
        });
        let Some(told_wrong) = told_wrong.next() else {
            return false;
        };
        wrong += usize::from(told_wrong);
        shared += usize::from(is_wrong && told_wrong);
    }
    // Few digits leave so much room that one wrong bit is in it: a subject that adds in them is wrong as often as the
    // model, or nearly so.
    shared > 0 && (!is_narrow || 2 * shared >= wrong)
}

fn is_miss(check: &Check, answer: &Answer) -> bool {
    check.expect.judge(check.request.dtype(), answer).is_some()
}

/// Whether nothing but one answer is right.
fn is_exact(expect: &Expect) -> bool {
    match expect {
        Expect::Numbers(numbers) => numbers.iter().all(|number| matches!(number, Number::Is(_))),
        _ => true,
    }
}

/// Whether two answers differ by no more than orders of operations do.
fn agrees(check: &Check, mistake: Mistake, answer: &Answer, told: &Answer) -> bool {
    match (answer, told) {
        (Answer::Numbers(answer), Answer::Numbers(told)) if answer.len() == told.len() => {
            let (Expect::Numbers(want), Some(x)) = (&check.expect, check.request.numbers()) else {
                return answer == told;
            };
            let want = (want.len() == told.len()).then_some(want);
            let format = x.dtype.format();
            answer
                .iter()
                .zip(told)
                .enumerate()
                .all(|(index, (&answer, &told))| {
                    let want = want.map(|want| &want[index]);
                    let room = || Room::of(&check.request, mistake, index);
                    is_near(format, want, [answer, told], room)
                })
        }
        (Answer::Error(answer, _), Answer::Error(told, _)) => answer == told,
        (Answer::Reg(answer), Answer::Reg(told)) => answer == told,
        (Answer::Config(answer), Answer::Config(told)) => same_json(answer, told),
        _ => false,
    }
}

fn is_near(
    format: Format,
    want: Option<&Number>,
    [a, b]: [u64; 2],
    room: impl Fn() -> Room,
) -> bool {
    if a == b || format.is_nan(a) && format.is_nan(b) {
        return true;
    }
    let [a, b] = [a, b].map(|bits| f64::from_bits(Format::F64.convert(format, bits)));
    if a == b {
        // The sign of a zero counts where it is asked for.
        let is_zero = |bits: &u64| format.zeros().contains(bits);
        return !matches!(want, Some(Number::Is(bits)) if is_zero(bits));
    }
    match (a.is_finite(), b.is_finite()) {
        (true, true) => (a - b).abs() <= room().distance(a.abs().max(b.abs())),
        // On the way to a number there may be too large a one.
        (true, false) | (false, true) => {
            !a.is_nan() && !b.is_nan() && matches!(want, Some(Number::Any(_)))
        }
        (false, false) => false,
    }
}

/// How far two numbers may be apart that a formula of k roundings gives in two orders.
///
/// Both are within γ·m + E of the formula's real number, where γ = k·u/(1 − k·u), m is the sum of the magnitudes of
/// what is added, and E is what underflows (SPEC.md, `order.bound`), so that they are 2·γ·m + 2·E apart. Where nothing
/// cancels, m·(1 − γ) is at most the greater number, and γ/(1 − γ) = k·u/(1 − 2·k·u). Where something may cancel, since a
/// factor is negative or a mistake forgets magnitudes, `magnitude` is m. So 2·k·u/(1 − 2·k·u)·(the greater + `magnitude`) +
/// 2·E is enough. The roundings of this computation are n·2⁻⁵³ of it, and each k has three more roundings than SPEC.md
/// counts: two for what a mistake adds, and one that is more than that.
struct Room {
    /// k·u.
    error: f64,
    magnitude: f64,
    /// Whether the greater number counts beside the magnitude.
    is_relative: bool,
    underflow: f64,
}

impl Room {
    fn distance(&self, greater: f64) -> f64 {
        match 1.0 - 2.0 * self.error {
            rest if rest > 0.0 => {
                let greater = if self.is_relative { greater } else { 0.0 };
                2.0 * self.error / rest * (greater + self.magnitude) + self.underflow
            }
            // So many numbers, in so few digits, that there is no bound.
            _ => f64::INFINITY,
        }
    }

    /// For the number at an index of an answer.
    fn of(request: &Request, mistake: Mistake, index: usize) -> Self {
        let (Some(x), Some(reg)) = (request.numbers(), request.reg()) else {
            return Self {
                error: 0.0,
                magnitude: 0.0,
                is_relative: false,
                underflow: 0.0,
            };
        };
        let format = mistake.accumulator(x.dtype).unwrap_or(x.dtype).format();
        let unit = 2.0_f64.powi(-(format.precision() as i32));
        let least = f64::from_bits(Format::F64.convert(format, 1));
        let finite = |x: f64| if x.is_finite() { x.abs() } else { 0.0 };
        let (l1, l2) = match *reg {
            Reg::L1(l1) => (finite(l1), 0.0),
            Reg::L2(l2) => (0.0, finite(l2)),
            Reg::L1L2(l1, l2) => (finite(l1), finite(l2)),
            Reg::Orthogonal(factor, _) => (finite(factor), 0.0),
        };
        let at = |index: usize| {
            let bits = x.bits.get(index).copied().unwrap_or_default();
            finite(f64::from_bits(Format::F64.convert(x.dtype.format(), bits)))
        };
        let room = |roundings: usize, magnitude: f64, underflows: f64| Self {
            error: roundings as f64 * unit,
            magnitude,
            is_relative: true,
            underflow: 2.0 * underflows * least,
        };
        let n = x.bits.len();
        let squares = || (0..n).map(at).map(|x| x * x).sum::<f64>();
        match (request, reg) {
            (Request::Gradient { .. }, _) => room(5, l1 + 2.0 * l2 * at(index), 4.0),
            // Not divided by 1 + 2·τ·l2, which a mistake may leave out; with the step along the gradient.
            (Request::Prox { step, .. }, _) => {
                let v = at(index);
                let magnitude = v + (1.0 + step) * l1 + 2.0 * step * l2 * v;
                room(11, magnitude, 8.0 + magnitude)
            }
            (Request::Penalty { shape, .. }, Reg::Orthogonal(_, mode)) => {
                let (rows, columns) = match shape[..] {
                    [rows, columns] => (rows, columns),
                    _ => (n, 1),
                };
                let (count, length) = match *mode {
                    Mode::Rows => (rows, columns),
                    Mode::Columns => (columns, rows),
                };
                // Of rows for columns there are as many as each is long.
                let longer = length.max(count);
                let pairs = longer * longer.saturating_sub(1) / 2;
                // The errors are relative to the magnitudes of the vectors, which are 1, and not to the cosine.
                let magnitude = match mistake {
                    Mistake::DoesNotNormalize => squares(),
                    Mistake::SquaresCosines | Mistake::CountsPairsTwice => 2.0,
                    Mistake::CountsDiagonal => 3.0,
                    Mistake::SumsPairs => pairs as f64,
                    _ => 1.0,
                };
                Self {
                    is_relative: false,
                    ..room(2 * longer + 2 * pairs + 9, l1 * magnitude, n as f64)
                }
            }
            _ => {
                let sum = |of: fn(f64) -> f64| (0..n).map(at).map(of).sum::<f64>();
                let magnitude = l1 * sum(|x| x) + l2 * squares();
                let terms = usize::from(l1 > 0.0) + usize::from(l2 > 0.0);
                let by = match request {
                    Request::Activity { .. } => 3,
                    _ => 0,
                };
                let products = (n + 2) as f64 * l1.max(3.0 * l2).max(1.0);
                let underflows = 2.0 * (products + sum(|x| x) + magnitude);
                let mut room = room(n * terms.max(1) + 1 + by + 3, magnitude, underflows);
                if mistake == Mistake::TakesNorm {
                    room.underflow += l2 * (2.0 * (n + 2) as f64 * least).sqrt();
                }
                room
            }
        }
    }
}
