//! The score on images without labels, from the probabilities that nets give them.
//!
//! Every estimator sees a *source*, on which truth is known (a fold's validation originals under the net that never saw
//! them), and a *target*, on which it is not. None is right under every shift (Garg et al., "Leveraging unlabeled data to
//! predict out-of-distribution performance", 2022, prove that none can be), so several are mixed, with weights and an
//! interval from shifts that we make ourselves ([`Blend`]).

mod blend;
mod calibrate;
mod estimators;
mod prior;
mod transport;
mod vote;

pub use blend::{Blend, Forecast, Shift, fit};
pub use calibrate::Temperature;
#[cfg(feature = "train")]
pub(in crate::evaluate) use estimators::scores;
pub use estimators::{ESTIMATORS, Guess, Source, guess};
pub use prior::{Prior, black_box_prior, estimate_prior, mean, prior_intervals};
pub use vote::vote_gain;

/// Class probabilities in double precision, a row a sample.
pub type Rows = Vec<Vec<f64>>;
