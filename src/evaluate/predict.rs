//! The one way to predict (law 7): validation, holdout and eval all come through here.

use std::path::PathBuf;

use tch::{Kind, Tensor};

use super::{Policy, join, weighted};
use crate::data::Manifest;
use crate::pipeline::Steps;
use crate::random::Key;
use crate::train::{Batch, Error, Frozen, Item, Join, Loader, Net};

/// Class probabilities, a row a picture.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Predicted {
    /// Of the picture as it is.
    pub plain: Vec<Vec<f32>>,
    /// Of each view; none where only the picture as it is was asked for.
    pub views: Vec<Vec<Vec<f32>>>,
    /// Of the views that are joined; until these are chosen, of the picture as it is.
    #[serde(skip)]
    pub tta: Vec<Vec<f32>>,
}

impl Predicted {
    /// Joins the chosen views.
    pub fn choose_views(&mut self, policy: &Policy, how: Join) {
        let views: Vec<&[Vec<f32>]> = policy.views.iter().map(|&view| self.views[view].as_slice()).collect();
        self.tta = if views.is_empty() { self.plain.clone() } else { join(how, &views) };
    }

    /// The mean of several nets' predictions by weights, without single views.
    pub fn weighted(members: &[&Self], weights: &[f64]) -> Self {
        let mean = |of: fn(&Self) -> &[Vec<f32>]| {
            weighted(&members.iter().map(|member| of(member)).collect::<Vec<_>>(), weights)
        };
        Self { plain: mean(|member| &member.plain), views: Vec::new(), tta: mean(|member| &member.tta) }
    }
}

/// Where the pictures of rows lie, and the ids that random views follow from.
pub fn pictures<'m>(rows: &[usize], from: &'m Manifest) -> Vec<(PathBuf, &'m str)> {
    rows.iter().map(|&row| (from.locate(&from.samples[row]), from.samples[row].path.as_str())).collect()
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
    let of_view = |view: &Steps| probabilities(&frozen, loader, pictures, view, key);
    let plain = of_view(&Steps::default())?;
    let views = views.iter().map(|view| if view.nodes().is_empty() { Ok(plain.clone()) } else { of_view(view) });
    let views = views.collect::<Result<Vec<_>, _>>()?;
    Ok(Predicted { tta: plain.clone(), plain, views })
}

/// Class probabilities of one view, a row a picture.
pub fn probabilities(
    net: &Frozen,
    loader: &Loader,
    pictures: &[(PathBuf, &str)],
    view: &Steps,
    key: &Key,
) -> Result<Vec<Vec<f32>>, Error> {
    rows(net, loader, pictures, view, key, |batch| Ok(net.logits(batch)?.f_softmax(-1, Kind::Float)?))
}

/// What the classifier sees of the pictures as they are, a row a picture.
pub fn embeddings(net: &Frozen, loader: &Loader, pictures: &[(PathBuf, &str)]) -> Result<Vec<Vec<f32>>, Error> {
    rows(net, loader, pictures, &Steps::default(), &Key::root(0), |batch| net.features(batch))
}

fn rows(
    net: &Frozen,
    loader: &Loader,
    pictures: &[(PathBuf, &str)],
    view: &Steps,
    key: &Key,
    answer: impl Fn(&Tensor) -> Result<Tensor, Error>,
) -> Result<Vec<Vec<f32>>, Error> {
    let mut rows: Vec<Vec<f32>> = Vec::with_capacity(pictures.len());
    let key = key.child(serde_json::to_vec(view).unwrap_or_default());
    let items: Vec<_> = pictures.iter().map(|(path, id)| Item { path, key: key.child(id) }).collect();
    loader.each(&items, view, |batch: Batch| {
        if let Some((item, why)) = batch.failed.first() {
            // Every picture was read before training began.
            let why = format!("could be read when the run began, and now: {why}");
            return Err(crate::data::Error::Empty { path: pictures[*item].0.clone(), why }.into());
        }
        let answers = answer(&batch.tensor(net.device())?)?.f_to_device(tch::Device::Cpu)?;
        let width = answers.size().last().map_or(1, |&width| width as usize);
        let flat: Vec<f32> = Vec::try_from(answers.f_reshape([-1])?).map_err(Error::Torch)?;
        rows.extend(flat.chunks_exact(width).map(<[f32]>::to_vec));
        Ok::<_, Error>(())
    })?;
    Ok(rows)
}
