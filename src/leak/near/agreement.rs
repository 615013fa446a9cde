//! Whether two pictures show the same, by their levels where one lies on the other, block by block.

use crate::kernel::Matrix;

use super::grey::Grey;

/// A block has texture where its levels deviate by this share of the whole common part's deviation, ...
const STRONG: f64 = 0.2;
/// ... or by so many levels in both pictures: a bar or a frame of strong contrast must not make all else look plain.
const FAINT: f64 = 3.0;
/// Side of a block in which levels are compared, in pixels of the thumbnail.
const BLOCK: usize = 6;
/// A block with fewer pixels of the common part says nothing.
const LEAST_PIXELS: f64 = 18.0;
/// The largest share of the blocks that something may hide: a line of text, a logo, a rectangle that was cut out.
const MOST_HIDDEN: f64 = 0.3;

/// How two pictures agree.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// Share of the smaller picture that lies on the other.
    pub overlap: f64,
    /// Share of the blocks that was left out, since something hides them in one of the pictures.
    pub hidden: f64,
    /// Correlation of the levels.
    pub correlation: f64,
    /// Blocks with texture.
    pub textured: usize,
    /// Those of them that correlate.
    pub agreeing: usize,
}

impl Agreement {
    /// Share of the textured blocks that agree.
    pub fn share(&self) -> f64 {
        self.agreeing as f64 / self.textured.max(1) as f64
    }
}

/// Two pictures, one laid on the other.
pub struct Overlay {
    /// Blocks in a row.
    wide: usize,
    blocks: Vec<Sums>,
    /// Pixels of the smaller picture.
    area: f64,
}

impl Overlay {
    /// Lays the one thumbnail on the other under a map from the unit square of `a` to that of `b`.
    pub fn new(a: &Grey, b: &Grey, map: &Matrix) -> Option<Self> {
        let [m, n, _, o, p, _, ..] = map.0;
        let determinant = m * p - n * o;
        let area = |grey: &Grey| (grey.shape.width * grey.shape.height) as f64;
        if determinant.abs() < 1e-6 {
            return None;
        }
        // On the grid of the one that shows less of the scene in more pixels.
        let pixels = determinant.abs() * area(b) / area(a);
        if pixels > 1.0 + 1e-6 {
            return Some(Self::on_grid(b, a, &map.inverse(), pixels.sqrt()));
        }
        Some(Self::on_grid(a, b, map, (1.0 / pixels).sqrt()))
    }

    /// A pixel of `b` is `scale` pixels of `a` wide, 1 or more.
    fn on_grid(a: &Grey, b: &Grey, map: &Matrix, scale: f64) -> Self {
        // What `b` cannot show is not to be missed there.
        let blur = ((scale - 1.0) / 2.0).round() as usize;
        let (wide, high) = (a.shape.width.div_ceil(BLOCK), a.shape.height.div_ceil(BLOCK));
        let mut blocks = vec![Sums::default(); wide * high];
        for y in 0..a.shape.height {
            for x in 0..a.shape.width {
                let unit = [(x as f64 + 0.5) / a.shape.width as f64, (y as f64 + 0.5) / a.shape.height as f64];
                let [u, v] = map.at(unit);
                let there = [u * b.shape.width as f64 - 0.5, v * b.shape.height as f64 - 0.5];
                if let Some(level) = b.between(there) {
                    blocks[y / BLOCK * wide + x / BLOCK].add(a.around(x, y, blur), level);
                }
            }
        }
        Self { wide, blocks, area: a.pixels.len() as f64 }
    }

    /// How all of the common part agrees, if there is enough of it.
    pub fn whole(&self) -> Option<Agreement> {
        self.outside(&Rectangle::default())
    }

    /// How the common part agrees beside the rectangle of blocks where it agrees least: a copy may have something on it
    /// that its source has not.
    pub fn beside_hidden(&self) -> Option<Agreement> {
        let whole = self.total(&Rectangle::default());
        let against = |block: &Sums| match block.agrees(&whole) {
            Some(true) => -1,
            Some(false) => 1,
            None => 0,
        };
        self.outside(&self.densest(&self.blocks.iter().map(against).collect::<Vec<i32>>())?)
    }

    /// The rectangle of the largest sum, if one is above 0.
    fn densest(&self, values: &[i32]) -> Option<Rectangle> {
        let (wide, high) = (self.wide, values.len() / self.wide);
        let most = (MOST_HIDDEN * values.len() as f64) as usize;
        let mut best = (0, None);
        for top in 0..high {
            let mut columns = vec![0; wide];
            for bottom in top + 1..=high {
                let row = &values[(bottom - 1) * wide..][..wide];
                columns.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                for left in 0..wide {
                    let mut sum = 0;
                    for right in left + 1..=wide.min(left + most / (bottom - top)) {
                        sum += columns[right - 1];
                        if sum > best.0 {
                            best = (sum, Some(Rectangle { left, top, right, bottom }));
                        }
                    }
                }
            }
        }
        best.1
    }

    /// The blocks beside a rectangle.
    fn beside(&self, hidden: &Rectangle) -> impl Iterator<Item = &Sums> {
        let blocks = self.blocks.iter().enumerate();
        blocks.filter(|(i, _)| !hidden.contains(i % self.wide, i / self.wide)).map(|(_, block)| block)
    }

    fn total(&self, hidden: &Rectangle) -> Sums {
        self.beside(hidden).copied().fold(Sums::default(), Sums::and)
    }

    fn outside(&self, hidden: &Rectangle) -> Option<Agreement> {
        let all = self.total(hidden);
        if all.n < 64.0 {
            return None;
        }
        let textured: Vec<bool> = self.beside(hidden).filter_map(|block| block.agrees(&all)).collect();
        Some(Agreement {
            overlap: all.n / self.area,
            hidden: hidden.area() as f64 / self.blocks.len() as f64,
            correlation: all.correlation(),
            textured: textured.len(),
            agreeing: textured.iter().filter(|agrees| **agrees).count(),
        })
    }
}

/// Blocks from `left` and `top` to before `right` and `bottom`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Rectangle {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Rectangle {
    fn contains(&self, x: usize, y: usize) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }

    fn area(&self) -> usize {
        (self.right - self.left) * (self.bottom - self.top)
    }
}

/// Sums for a correlation.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    a: f64,
    b: f64,
    aa: f64,
    bb: f64,
    ab: f64,
}

impl Sums {
    fn add(&mut self, a: f64, b: f64) {
        self.n += 1.0;
        self.a += a;
        self.b += b;
        self.aa += a * a;
        self.bb += b * b;
        self.ab += a * b;
    }

    fn and(self, o: Self) -> Self {
        Self {
            n: self.n + o.n,
            a: self.a + o.a,
            b: self.b + o.b,
            aa: self.aa + o.aa,
            bb: self.bb + o.bb,
            ab: self.ab + o.ab,
        }
    }

    fn deviations(&self) -> [f64; 2] {
        [self.aa - self.a * self.a / self.n, self.bb - self.b * self.b / self.n].map(|v| (v.max(0.0) / self.n).sqrt())
    }

    fn correlation(&self) -> f64 {
        let [a, b] = self.deviations();
        (self.ab - self.a * self.b / self.n) / self.n / (a * b).max(1e-9)
    }

    /// Whether a block of this common part agrees, if it has texture.
    fn agrees(&self, all: &Self) -> Option<bool> {
        if self.n < LEAST_PIXELS {
            return None;
        }
        let ([a, b], [all_a, all_b]) = (self.deviations(), all.deviations());
        // Some texture in one picture alone may be noise; in both, it should be the same.
        let textured = a > STRONG * all_a || b > STRONG * all_b || a.min(b) > FAINT;
        textured.then(|| self.correlation() > 0.6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;

    /// A picture with texture everywhere, and the same with a bar over it.
    fn pictures() -> [Grey; 2] {
        let shape = Shape { width: 60, height: 48 };
        let at = |i: usize| (i % 60, i / 60);
        let level =
            |(x, y): (usize, usize)| (128.0 + 60.0 * libm::sin(x as f64) + 50.0 * libm::cos(y as f64 * 1.3)) as u8;
        let bar = |(x, y): (usize, usize)| if (18..24).contains(&y) { (x * 97 % 251) as u8 } else { level((x, y)) };
        let all = || (0..60 * 48).map(at);
        [Grey { shape, pixels: all().map(level).collect() }, Grey { shape, pixels: all().map(bar).collect() }]
    }

    #[test]
    fn what_a_bar_hides_is_left_out_and_the_rest_agrees() {
        let [plain, barred] = pictures();
        let overlay = Overlay::new(&plain, &barred, &Matrix::IDENTITY).unwrap();
        let (whole, beside) = (overlay.whole().unwrap(), overlay.beside_hidden().unwrap());
        assert!(whole.share() < 0.9 && whole.correlation < 0.95, "{whole:?}");
        assert!(beside.share() == 1.0 && beside.correlation > 0.999, "{beside:?}");
        assert!((beside.hidden - 1.0 / 8.0).abs() < 1e-9, "{beside:?}");
        // Nothing hides anything where both are one picture.
        assert!(Overlay::new(&plain, &plain, &Matrix::IDENTITY).unwrap().beside_hidden().is_none());
    }

    #[test]
    fn no_more_is_hidden_than_may_be() {
        let [plain, _] = pictures();
        let inverse = Grey { shape: plain.shape, pixels: plain.pixels.iter().map(|&p| 255 - p).collect() };
        let beside = Overlay::new(&plain, &inverse, &Matrix::IDENTITY).unwrap().beside_hidden().unwrap();
        assert!(beside.hidden > 0.2 && beside.hidden <= MOST_HIDDEN && beside.agreeing == 0, "{beside:?}");
    }
}
