//! The one way to predict (law 7): validation, holdout and eval all come through here.

use std::path::PathBuf;

use tch::Kind;

use super::soft;
use crate::pipeline::Steps;
use crate::random::Key;
use crate::train::{Batch, Error, Item, Loader, Net};

/// Class probabilities, a row a picture.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Predicted {
    /// Of the picture as it is.
    pub plain: Vec<Vec<f32>>,
    /// Mean over all views.
    pub tta: Vec<Vec<f32>>,
}

/// Predicts pictures, given as files and the ids that random views follow from. Each view is a list of transforms; the
/// empty one is the picture itself. Batch normalisation uses its running statistics, so that no prediction depends on
/// the pictures beside it.
pub fn predict(
    net: &Net,
    loader: &Loader,
    pictures: &[(PathBuf, &str)],
    views: &[Steps],
    key: &Key,
) -> Result<Predicted, Error> {
    let frozen = net.freeze()?;
    let of_view = |view: &Steps| {
        let mut rows: Vec<Vec<f32>> = Vec::with_capacity(pictures.len());
        let key = key.child(serde_json::to_vec(view).unwrap_or_default());
        let items: Vec<_> = pictures.iter().map(|(path, id)| Item { path, key: key.child(id) }).collect();
        loader.each(&items, view, |batch: Batch| {
            if let Some((item, why)) = batch.failed.first() {
                // Every picture was read before training began.
                let why = format!("could be read when the run began, and now: {why}");
                return Err(crate::data::Error::Empty { path: pictures[*item].0.clone(), why }.into());
            }
            let logits = frozen.logits(&batch.tensor(frozen.device())?)?;
            let probabilities = logits.f_softmax(-1, Kind::Float)?.f_to_device(tch::Device::Cpu)?;
            let flat: Vec<f32> = Vec::try_from(probabilities.f_reshape([-1])?).map_err(Error::Torch)?;
            rows.extend(flat.chunks_exact(frozen.classes()).map(<[f32]>::to_vec));
            Ok::<_, Error>(())
        })?;
        Ok::<_, Error>(rows)
    };
    let plain = of_view(&Steps::default())?;
    let views = views.iter().map(|view| if view.nodes().is_empty() { Ok(plain.clone()) } else { of_view(view) });
    let views = views.collect::<Result<Vec<_>, _>>()?;
    let tta = soft(&views.iter().map(Vec::as_slice).collect::<Vec<_>>());
    Ok(Predicted { plain, tta })
}
