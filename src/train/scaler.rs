//! Loss scaling, without which small gradients are lost in half precision.

/// The factor of the loss (Micikevicius et al. 2018; the numbers of `torch.amp.GradScaler`).
pub(super) struct Scaler {
    /// What the loss is multiplied by before its gradient is taken.
    pub scale: f64,
    good: usize,
}

impl Scaler {
    const GROW_AFTER: usize = 2000;

    pub fn new() -> Self {
        Self { scale: 65536.0, good: 0 }
    }

    /// Hears whether the gradient of a step was finite. One that was not belongs to a scale that is too large: the step
    /// is left out.
    pub fn hear(&mut self, finite: bool) {
        self.good = if finite { self.good + 1 } else { 0 };
        if !finite {
            self.scale /= 2.0;
        } else if self.good == Self::GROW_AFTER {
            self.scale *= 2.0;
            self.good = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_halves_at_once_and_doubles_after_many_good_steps() {
        let mut scaler = Scaler::new();
        scaler.hear(false);
        assert_eq!(scaler.scale, 32768.0);
        (0..1999).for_each(|_| scaler.hear(true));
        assert_eq!(scaler.scale, 32768.0);
        scaler.hear(true);
        assert_eq!(scaler.scale, 65536.0);
    }
}
