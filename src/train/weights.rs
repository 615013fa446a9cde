//! A net's numbers: every parameter is a view of one flat tensor, so that the optimiser does its work in a few large
//! operations in place of a few hundred small ones.
//!
//! Convolution weights lie in memory as `[out, height, width, in]` (channels last) and are seen as timm's
//! `[out, in, height, width]`: libtorch then runs the whole net channels last, which is faster on processors and
//! graphics cards alike.

use tch::{Device, Kind, Tensor, no_grad};

use super::Error;
use super::optimiser::Segment;
use crate::random::Key;

/// How a parameter begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Init {
    /// Drawn from the normal distribution with mean 0 and this standard deviation.
    Normal(f64),
    /// Drawn evenly from minus this to this.
    Uniform(f64),
    /// This number.
    Constant(f64),
}

/// Name, shape and beginning of a tensor, by timm's names and shapes.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub name: String,
    pub shape: Vec<i64>,
    pub init: Init,
}

impl Slot {
    pub fn numel(&self) -> i64 {
        self.shape.iter().product()
    }
}

/// The tensors that a net consists of, before there is memory for them.
#[derive(Default)]
pub(super) struct Plan {
    /// Learned.
    pub parameters: Vec<Slot>,
    /// Measured: the running means and variances of batch normalisation.
    pub statistics: Vec<Slot>,
}

impl Plan {
    /// Adds a parameter; the answer is its number.
    pub fn parameter(&mut self, name: String, shape: &[i64], init: Init) -> usize {
        self.parameters.push(Slot { name, shape: shape.to_vec(), init });
        self.parameters.len() - 1
    }

    /// Adds a statistic; the answer is its number.
    pub fn statistic(&mut self, name: String, channels: i64, begin: f64) -> usize {
        self.statistics.push(Slot { name, shape: vec![channels], init: Init::Constant(begin) });
        self.statistics.len() - 1
    }
}

/// The memory of a net.
pub(super) struct Weights {
    pub plan: Plan,
    /// Views of `flat`, in the plan's order; leaves of the graph of gradients.
    pub parameters: Vec<Tensor>,
    /// Views of `flat_statistics`, in the plan's order.
    pub statistics: Vec<Tensor>,
    /// All parameters: first those that weight decay applies to, then the others.
    pub flat: Tensor,
    pub flat_statistics: Tensor,
    /// The plan's numbers in the order in which they lie in `flat`.
    order: Vec<usize>,
}

impl Weights {
    pub fn new(plan: Plan, seed: u64, device: Device) -> Result<Self, Error> {
        // timm's rule: vectors and numbers are not decayed (biases, normalisation).
        let (matrices, vectors): (Vec<_>, Vec<_>) =
            (0..plan.parameters.len()).partition(|&i| plan.parameters[i].shape.len() > 1);
        let order = [matrices, vectors].concat();
        let (flat, mut parameters) = views(&plan.parameters, &order, device)?;
        let every: Vec<_> = (0..plan.statistics.len()).collect();
        let (flat_statistics, mut statistics) = views(&plan.statistics, &every, device)?;

        let key = Key::root(seed).child("weights");
        for (slot, tensor) in
            plan.parameters.iter().zip(&mut parameters).chain(plan.statistics.iter().zip(&mut statistics))
        {
            tensor.f_copy_(&beginning(slot, &key)?)?;
        }
        for tensor in &parameters {
            let _ = tensor.f_set_requires_grad(true)?;
        }
        Ok(Self { plan, parameters, statistics, flat, flat_statistics, order })
    }

    /// Gradients in the plan's order as one tensor that lies like `flat`.
    pub fn flatten(&self, gradients: &[Tensor]) -> Result<Tensor, Error> {
        let pieces = self.order.iter().map(|&i| {
            let gradient = &gradients[i];
            let laid = if gradient.dim() == 4 { gradient.f_permute([0, 2, 3, 1])? } else { gradient.shallow_clone() };
            laid.f_reshape([-1])
        });
        Ok(Tensor::f_cat(&pieces.collect::<Result<Vec<_>, _>>()?, 0)?)
    }

    /// What of `flat` moves how: weight decay on matrices only, and a layer's learning rate times `layer_decay` for each
    /// layer between it and the classifier (Clark et al. 2020), by timm's layers: stem, one a block with the last
    /// convolution in the last block's, classifier. Where the classifier alone learns, the others' rate is 0.
    pub fn segments(&self, layer_decay: Option<f64>, classifier: bool) -> Vec<Segment> {
        let layers = layers(&self.plan.parameters);
        let top = layers.iter().max().copied().unwrap_or_default();
        let mut segments: Vec<Segment> = Vec::new();
        for &i in &self.order {
            let slot = &self.plan.parameters[i];
            let scale = match layer_decay {
                _ if classifier && layers[i] < top => 0.0,
                None => 1.0,
                Some(decay) => decay.powi(top - layers[i]),
            };
            let next = Segment { length: slot.numel(), decays: slot.shape.len() > 1, scale };
            match segments.last_mut() {
                Some(last) if (last.decays, last.scale) == (next.decays, next.scale) => last.length += next.length,
                _ => segments.push(next),
            }
        }
        segments
    }

    /// A copy of all numbers.
    pub fn snapshot(&self) -> Result<[Tensor; 2], Error> {
        Ok([self.flat.f_detach_copy()?, self.flat_statistics.f_detach_copy()?])
    }

    /// Puts the numbers of a snapshot back.
    pub fn restore(&mut self, [flat, statistics]: &[Tensor; 2]) -> Result<(), Error> {
        no_grad(|| self.flat.f_copy_(flat).and_then(|()| self.flat_statistics.f_copy_(statistics)))?;
        Ok(())
    }

    /// Every tensor with its slot.
    pub fn all(&self) -> impl Iterator<Item = (&Slot, &Tensor)> {
        let parameters = self.plan.parameters.iter().zip(&self.parameters);
        parameters.chain(self.plan.statistics.iter().zip(&self.statistics))
    }
}

/// The layer of each parameter, from the stem's 0; the plan has them in order.
fn layers(slots: &[Slot]) -> Vec<i32> {
    let (mut layer, mut last) = (0, String::new());
    let number = |slot: &Slot| {
        // `blocks.S.B` is a layer and `classifier` is one; what lies between belongs to the last block's.
        let parts = if slot.name.starts_with("blocks.") { 3 } else { 1 };
        let name = slot.name.split('.').take(parts).collect::<Vec<_>>().join(".");
        if (parts == 3 || name == "classifier") && name != last {
            layer += 1;
            last = name;
        }
        layer
    };
    slots.iter().map(number).collect()
}

/// One flat tensor, and for every slot its view, in the order of the slots.
fn views(slots: &[Slot], order: &[usize], device: Device) -> Result<(Tensor, Vec<Tensor>), Error> {
    let flat = Tensor::f_zeros([slots.iter().map(Slot::numel).sum::<i64>()], (Kind::Float, device))?;
    let mut placed = Vec::with_capacity(slots.len());
    let mut start = 0;
    for &i in order {
        let piece = flat.f_narrow(0, start, slots[i].numel())?;
        start += slots[i].numel();
        let view = match slots[i].shape[..] {
            [out, inner, height, width] => piece.f_view([out, height, width, inner])?.f_permute([0, 3, 1, 2])?,
            _ => piece.f_view(slots[i].shape.as_slice())?,
        };
        placed.push((i, view));
    }
    placed.sort_by_key(|(i, _)| *i);
    Ok((flat, placed.into_iter().map(|(_, view)| view).collect()))
}

/// The same numbers for a seed and a name on every machine.
fn beginning(slot: &Slot, key: &Key) -> Result<Tensor, Error> {
    let mut rng = key.child(&slot.name).rng();
    let mut draw = || match slot.init {
        Init::Normal(std) => (rng.normal() * std) as f32,
        Init::Uniform(bound) => rng.between(-bound, bound) as f32,
        Init::Constant(value) => value as f32,
    };
    let values: Vec<f32> = (0..slot.numel()).map(|_| draw()).collect();
    Ok(Tensor::f_from_slice(&values)?.f_view(slot.shape.as_slice())?)
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Net, NetOptions};
    use super::*;

    /// Expected: timm 1.0.31, `param_groups_layer_decay(create_model("test_efficientnet", num_classes=3),
    /// weight_decay=.1, layer_decay=.5)`, the groups with decay, then those without.
    #[test]
    fn layers_and_their_rates_are_those_of_timm() {
        const TIMM: [f64; 7] = [0.015625, 0.03125, 0.0625, 0.125, 0.25, 0.5, 1.0];
        let config = Config { model: "test_efficientnet".into(), ..Config::default() };
        let net = Net::new(NetOptions::of(&config, 3).unwrap(), 1, Device::Cpu).unwrap();
        let said = net.weights.segments(Some(0.5), false);
        let said: Vec<_> = said.iter().map(|segment| (segment.decays, segment.scale)).collect();
        let expected: Vec<_> = [true, false].into_iter().flat_map(|decays| TIMM.map(|scale| (decays, scale))).collect();
        assert_eq!(said, expected);
    }
}
