//! Every instruction set gives the bytes that the plain loops give.

use evenfold::image::{Frame, Scratch, Shape};
use evenfold::kernel::{
    Bend, Between, Bleach, Border, ColourMatrix, Gradient, Grain, HsvShift, Isa, Lattice, Levels, Lut, Matrix, Spatter,
    SpatterKind, Streaks, Turn, Zoom, add_gauss_noise, add_iso_noise, add_light, add_shot_noise, add_weighted,
    apply_levels, apply_lut, bend_channels, bleach, box_blur, clahe, convolve, cover, disk_blur, displace,
    distort_radially, fade_disc, fade_polygon, fill_noise, gaussian_blur, glow, gray, illuminate, median_blur,
    mix_channels, multiply_noise, replace_pixels, replace_samples, settle, sharpness, shift_hsv, snow_over, spatter,
    streaks, stretch, sum_luma, turn, unsharp_mask, warp, zoom_blur,
};
use evenfold::random::Key;

fn noise(shape: Shape) -> Frame {
    let mut rng = Key::root(shape.width as u64).rng();
    Frame::new(shape, (0..shape.bytes()).map(|_| rng.bits32() as u8).collect())
}

/// A weight a pixel.
fn weights(frame: &Frame) -> Vec<u8> {
    frame.pixels().chunks(3).map(|pixel| pixel[0].wrapping_mul(31)).collect()
}

type Kernel = (&'static str, fn(Isa, &mut Frame));

const KERNELS: &[Kernel] = &[
    ("apply_lut", |isa, f| {
        let mut rng = Key::root(1).rng();
        let lut = Lut(std::array::from_fn(|_| std::array::from_fn(|_| rng.bits32() as u8)));
        f.change(|from, to| apply_lut(isa, from, to, &lut));
    }),
    ("apply_lut, one table", |isa, f| {
        f.change(|from, to| apply_lut(isa, from, to, &Lut::same(|level| level.wrapping_mul(77))));
    }),
    ("apply_levels", |isa, f| {
        let levels = Levels::line([1.3, -0.7, 3.9], [-40.0, 255.0, -700.0]);
        f.change(|from, to| apply_levels(isa, from, to, &levels));
    }),
    ("mix_channels", |isa, f| {
        let matrix = ColourMatrix::new([[1.4, -0.3, 0.2], [0.3, 0.3, 0.4], [-1.0, 0.0, 2.0]]);
        f.change(|from, to| mix_channels(isa, from, to, &matrix));
    }),
    ("illuminate", |isa, f| {
        illuminate(isa, f, Gradient::Linear { towards_deg: 130.0 }, 0.7, &mut Scratch::default());
    }),
    ("clahe", |isa, f| clahe(isa, f, 2.5, 3, &mut Scratch::default())),
    ("apply_levels, bits alone", |isa, f| {
        for levels in [Levels::inverted_from(100), Levels::masked(0b1110_1000)] {
            f.change(|from, to| apply_levels(isa, from, to, &levels));
        }
    }),
    ("stretch", |isa, f| {
        let lut = stretch(isa, f.pixels());
        f.change(|from, to| apply_lut(isa, from, to, &lut));
    }),
    ("gray", |isa, f| f.change(|from, to| gray(isa, from, to))),
    ("sum_luma", |isa, f| {
        let mut sum = 0;
        sum_luma(isa, f.pixels(), &mut sum);
        f.put(0, 0, [sum as u8, (sum >> 8) as u8, (sum >> 16) as u8]);
    }),
    ("add_gauss_noise", |isa, f| add_gauss_noise(isa, f.pixels_mut(), 3000, 0x1234_5678_9abc_def0)),
    ("shift_hsv", |isa, f| {
        let by = HsvShift { hue: -3.3, saturation: 0.1, value: -17.0 };
        f.change(|from, to| shift_hsv(isa, from, to, by));
    }),
    ("gaussian_blur", |isa, f| gaussian_blur(isa, f, 1.7, &mut Scratch::default())),
    ("cover", |isa, f| {
        let mask = weights(f);
        cover(isa, f.pixels_mut(), &mask, [9, 200, 77]);
    }),
    ("add_light", |isa, f| {
        let mask = weights(f);
        add_light(isa, f.pixels_mut(), &mask, 40_000, [65536, 100, 30_000]);
    }),
    ("bleach", |isa, f| {
        let by = Bleach::new(140.0, 1.7);
        f.change(|from, to| bleach(isa, from, to, &by));
    }),
    ("streaks", |isa, f| {
        let mut scratch = Scratch::default();
        streaks(isa, f.shape(), &Streaks { count: 9, length: 4, width: 2, slant: 3.0, blur: 5, key: 9 }, &mut scratch);
        cover(isa, f.pixels_mut(), &scratch.padded, [255; 3]);
    }),
    ("fade_polygon and fade_disc", |isa, f| {
        let half = Levels::same_line(0.5, 3.0);
        fade_polygon(isa, f, &[[-3.0, -1.0], [40.0, 3.0], [2.5, 9.0]], &half);
        fade_disc(isa, f, [9.0, 2.0], 8.5, &half);
    }),
    ("glow", |isa, f| {
        let (profile, mut mask) = (std::array::from_fn::<u8, 256, _>(|i| 255 - i as u8), Vec::new());
        glow(isa, f.shape(), [7.0, 3.0], &profile, &mut Vec::new(), &mut mask);
        cover(isa, f.pixels_mut(), &mask, [255; 3]);
    }),
    ("spatter", |isa, f| {
        for kind in [SpatterKind::Rain { intensity: 0.6 }, SpatterKind::Mud] {
            let (mean, std, sigma, threshold, colour) = (0.65, 0.4, 1.3, 0.65, [63, 200, 20]);
            spatter(isa, f, &Spatter { mean, std, sigma, threshold, colour, kind, key: 3 }, &mut Scratch::default());
        }
    }),
    ("turn", |isa, f| {
        turn(isa, f, Turn { transpose: false, mirror_x: true, mirror_y: false }, &mut Scratch::default());
    }),
    ("fill_noise", |isa, f| {
        let Shape { width, height } = f.shape();
        fill_noise(isa, f, width / 3, 1, width / 2 + 1, height, 0x1234_5678_9abc_def0);
    }),
    ("distort_radially", |isa, f| {
        distort_radially(isa, f, 0.7, Border::Reflect, &mut Scratch::default());
        distort_radially(isa, f, -0.7, Border::Symmetric, &mut Scratch::default());
    }),
    ("displace", |isa, f| {
        let Shape { width, height } = f.shape();
        let nodes: Vec<_> =
            (0..6 * 5).map(|i| [f64::from(i * 37 % 11) * 2.3 - 11.0, f64::from(i * 53 % 13) - 6.0]).collect();
        for between in [Between::Triangles, Between::BSpline, Between::CatmullRom] {
            let spacing = [width as f64 / 3.0, height as f64 / 2.0];
            let lattice = Lattice { nodes: &nodes, columns: 6, origin: [-0.5, -0.5], spacing, between };
            for border in [Border::Reflect, Border::Symmetric, Border::Wrap] {
                displace(isa, f, &lattice, border, &mut Scratch::default());
            }
        }
    }),
    ("unsharp_mask", |isa, f| unsharp_mask(isa, f, 1.1, 1.7, 9, &mut Scratch::default())),
    ("box_blur", |isa, f| box_blur(isa, f, 5, &mut Scratch::default())),
    ("median_blur", |isa, f| {
        for size in [3, 5, 7] {
            median_blur(isa, f, size, &mut Scratch::default());
        }
    }),
    ("convolve", |isa, f| {
        let taps = [(0, 0, 4.7), (-2, 1, -0.7), (1, -3, -3.9), (3, 0, 0.2)];
        convolve(isa, f, taps.into_iter(), Border::Edge, &mut Scratch::default());
    }),
    ("disk_blur", |isa, f| disk_blur(isa, f, 3.3, &mut Scratch::default())),
    ("zoom_blur", |isa, f| {
        zoom_blur(
            isa,
            f,
            [1.0, 1.07, 1.3].map(|factor| Zoom::centred(f.shape(), factor)).into_iter(),
            &mut Scratch::default(),
        );
    }),
    ("bend_channels", |isa, f| {
        let bend = |primary, secondary| Bend { primary, secondary };
        bend_channels(isa, f, bend(0.1, 0.2), bend(-0.3, -0.1), &mut Scratch::default());
    }),
    ("add_shot_noise", |isa, f| {
        for (scale, gamma) in [(0.1, 2.2), (1.0, 1.0)] {
            add_shot_noise(isa, f.pixels_mut(), scale, gamma, 0x1234_5678_9abc_def0, &mut Scratch::default());
        }
    }),
    ("add_iso_noise", |isa, f| {
        add_iso_noise(isa, f.pixels_mut(), 0.2, 0.4, 0x1234_5678_9abc_def0, &mut Scratch::default());
    }),
    ("multiply_noise", |isa, f| {
        for grain in [Grain::Pixel, Grain::Sample] {
            multiply_noise(isa, f.pixels_mut(), 0.7, 1.4, grain, 0x1234_5678_9abc_def0);
        }
    }),
    ("replace_pixels", |isa, f| replace_pixels(isa, f.pixels_mut(), [0.2, 0.1], [[255; 3], [0, 1, 2]], 0x1234_5678)),
    ("replace_samples", |isa, f| replace_samples(isa, f.pixels_mut(), [0.2, 0.1], [255, 7], 0x1234_5678)),
    ("snow_over", |isa, f| {
        let flakes = weights(f);
        snow_over(isa, f.pixels_mut(), &flakes, 0.7);
    }),
    ("sharpness", |isa, f| sharpness(isa, f, 2.7, &mut Scratch::default())),
    ("add_weighted and settle", |isa, f| {
        let mut sums = vec![0; f.pixels().len()];
        add_weighted(isa, f.pixels(), 30_000, &mut sums);
        add_weighted(isa, f.pixels(), 20_000, &mut sums);
        settle(isa, &sums, f.pixels_mut());
    }),
    ("warp", |isa, f| {
        let to = f.shape();
        let tilted = Matrix::affine([0.93, -0.21, 3.4, 0.18, 1.07, -2.2]);
        let aslant = Matrix([0.93, -0.21, 3.4, 0.18, 1.07, -2.2, 0.003, -0.004, 1.1]);
        for border in [Border::Reflect, Border::Symmetric, Border::Edge, Border::Black, Border::Wrap] {
            warp(isa, f, &tilted, to, border, &mut Scratch::default());
            warp(isa, f, &aslant, to, border, &mut Scratch::default());
        }
    }),
];

#[test]
fn every_instruction_set_equals_the_plain_loops() {
    let found = Isa::available();
    println!("instruction sets compared: {found:?}");
    if std::env::var_os("CI").is_some() && cfg!(target_arch = "x86_64") {
        assert!(found.contains(&Isa::Avx2), "CI must compare AVX2, and this machine has none");
    }
    for width in (1..=65).chain([512]) {
        for height in [1, 7] {
            let before = noise(Shape { width, height });
            for (name, kernel) in KERNELS {
                let mut plain = before.clone();
                kernel(Isa::Scalar, &mut plain);
                for &isa in found {
                    let mut other = before.clone();
                    kernel(isa, &mut other);
                    assert!(other == plain, "{name} at {width} x {height}: {isa:?} differs from the plain loops");
                }
            }
        }
    }
}
