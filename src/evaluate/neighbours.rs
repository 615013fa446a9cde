//! Pictures that a net finds alike.

use tch::Tensor;

use crate::train::Error;

/// Pictures that are compared with all at a time.
const BLOCK: usize = 256;

/// For each picture the `most` others whose embeddings point most nearly its way (the largest cosines), as pairs, the smaller
/// place first, each pair once. Exact: all are compared with all.
pub fn neighbours(embeddings: &[Vec<f32>], most: usize) -> Result<Vec<[usize; 2]>, Error> {
    let n = embeddings.len();
    let most = most.min(n.saturating_sub(1));
    if most == 0 {
        return Ok(Vec::new());
    }
    let flat = Tensor::from_slice(&embeddings.concat()).f_reshape([n as i64, -1])?;
    let lengths = flat.f_norm_scalaropt_dim(2, [1], true)?.f_clamp_min(1e-12)?;
    let all = flat.f_div(&lengths)?;
    let across = all.f_tr()?;
    let mut pairs = Vec::new();
    for start in (0..n).step_by(BLOCK) {
        let block = all.f_narrow(0, start as i64, BLOCK.min(n - start) as i64)?;
        // One more, since each is its own nearest.
        let (_, nearest) = block.f_matmul(&across)?.f_topk(most as i64 + 1, 1, true, true)?;
        let nearest: Vec<i64> = Vec::try_from(nearest.f_reshape([-1])?).map_err(Error::Torch)?;
        for (i, others) in nearest.chunks_exact(most + 1).enumerate() {
            let one = start + i;
            let others = others.iter().map(|&other| other as usize).filter(|&other| other != one).take(most);
            pairs.extend(others.map(|other| [one.min(other), one.max(other)]));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn the_nearest_are_those_that_comparing_all_pairs_finds() {
        let mut rng = Key::root(5).rng();
        // More than a block.
        let rows: Vec<Vec<f32>> = (0..300).map(|_| (0..9).map(|_| rng.normal() as f32).collect()).collect();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let cosine = |a: usize, b: usize| {
            let [a, b] = [a, b].map(|row| rows[row].as_slice());
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let mut wanted: Vec<[usize; 2]> = (0..rows.len())
            .flat_map(|one| {
                let mut others: Vec<usize> = (0..rows.len()).filter(|&other| other != one).collect();
                others.sort_by(|&a, &b| cosine(one, b).total_cmp(&cosine(one, a)));
                others.into_iter().take(3).map(|other| [one.min(other), one.max(other)]).collect::<Vec<_>>()
            })
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        assert_eq!(neighbours(&rows, 3).unwrap(), wanted);
        assert_eq!(neighbours(&rows[..2], 12).unwrap(), [[0, 1]]);
        assert_eq!(neighbours(&rows[..1], 12).unwrap().len() + neighbours(&[], 12).unwrap().len(), 0);
    }
}
