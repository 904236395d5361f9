//! The proximal operator: sign(v)·max(|v| − τ·l1, 0)/(1 + 2·τ·l2).

use crate::{Dyadic, Factors, Format, Value, round_ratio};

impl Factors {
    /// The numerator and the denominator of prox_{τΩ}(v), exactly; `None` unless all are finite.
    ///
    /// The denominator is at least 1 if the factors and the step are not negative. Under a negative l2 it
    /// may be 0 or less: there is no minimum then.
    ///
    /// ```
    /// use regularize_oracle::{Dyadic, Factors, Format};
    ///
    /// let elastic = Factors::new(Some(1.0), Some(1.0));
    /// let [over, under] = elastic.proximal_ratio(Format::F64, 0.5, 4.0_f64.to_bits()).unwrap();
    /// assert_eq!([over, under], [3.5, 2.0].map(|x| Dyadic::from_f64(x).unwrap()));
    /// ```
    #[must_use]
    pub fn proximal_ratio(&self, format: Format, step: f64, v: u64) -> Option<[Dyadic; 2]> {
        let Value::Finite {
            negative,
            number: v,
        } = format.decode(v)
        else {
            return None;
        };
        let step = Dyadic::from_f64(step)?;
        let l1 = self
            .l1(format)
            .map_or(Some(Dyadic::zero()), Value::finite)?;
        let l2 = self
            .l2(format)
            .map_or(Some(Dyadic::zero()), Value::finite)?;
        let left = &v.abs() - &(&step * &l1);
        let left = if left.is_negative() {
            Dyadic::zero()
        } else {
            left
        };
        let under = &Dyadic::one() + &(&step * &l2).scaled(1);
        Some([if negative { -&left } else { left }, under])
    }

    /// The bits of prox_{τΩ}(v) = argmin_w ½(w − v)² + τΩ(w): the real number, rounded once.
    ///
    /// A zero keeps the sign of v. A step of 0 gives v. NaN gives NaN. An infinite v stays, and is NaN
    /// if a factor is infinite in the format; a finite v is then 0. Without a minimum it is NaN: under a
    /// factor of −∞ or NaN, and where 1 + 2·τ·l2 ≤ 0 and l1 is finite. A v of ±0 under a negative l1 has
    /// two, and the one with its sign is taken.
    ///
    /// ```
    /// use regularize_oracle::{Factors, Format};
    ///
    /// let l1 = Factors::new(Some(1.0), None);
    /// let at = |v: f64| f64::from_bits(l1.proximal(Format::F64, 0.5, v.to_bits()));
    /// assert_eq!([-2.0, 0.5, 0.75].map(at), [-1.5, 0.0, 0.25]);
    /// ```
    #[must_use]
    pub fn proximal(&self, format: Format, step: f64, v: u64) -> u64 {
        let value = format.decode(v);
        if step == 0.0 || value == Value::Nan {
            return v;
        }
        if self.has_no_minimum(format, step) {
            return format.nan();
        }
        if let Some([over, under]) = self.proximal_ratio(format, step, v) {
            let negative = matches!(value, Value::Finite { negative: true, .. });
            return round_ratio(&over, &under, format, negative);
        }
        let infinite = [self.l1(format), self.l2(format)]
            .iter()
            .any(|factor| matches!(factor, Some(Value::Infinite { .. })));
        match value {
            Value::Infinite { .. } if infinite => format.nan(),
            Value::Finite { negative, .. } => Dyadic::zero().round(format, negative),
            _ => v,
        }
    }

    /// Whether ½(w − v)² + τΩ(w) has no minimum, for a step above 0.
    fn has_no_minimum(&self, format: Format, step: f64) -> bool {
        let unbounded = |factor: &Option<Value>| {
            matches!(
                factor,
                Some(Value::Nan | Value::Infinite { negative: true })
            )
        };
        let (l1, l2) = (self.l1(format), self.l2(format));
        if unbounded(&l1) || unbounded(&l2) {
            return true;
        }
        // An infinite l1 is above everything that a finite l2 is below.
        if matches!(l1, Some(Value::Infinite { .. })) {
            return false;
        }
        match (l2.and_then(Value::finite), Dyadic::from_f64(step)) {
            (Some(l2), Some(step)) => {
                let under = &Dyadic::one() + &(&step * &l2).scaled(1);
                under.is_negative() || under.is_zero()
            }
            _ => false,
        }
    }
}
