//! The only decoder, on hundreds of odd and broken files, against Pillow.

use std::fs;
use std::path::{Path, PathBuf};

use evenfold::image::{Frame, Shape, decode};

use crate::support::{files, python, root, shared};

/// What Pillow makes of each file; `None` where it does not read it.
fn by_pillow(paths: &[PathBuf]) -> Option<Vec<Option<Frame>>> {
    let folder = tempfile::tempdir().unwrap();
    let list: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    fs::write(folder.path().join("list"), list.join("\n")).unwrap();
    let script = root("scripts/pillow_decode.py");
    let ran = python()?.arg(script).arg(folder.path().join("list")).arg(folder.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let frame = |bytes: Vec<u8>| {
        let side = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        Frame::new(Shape { width: side(0), height: side(4) }, bytes[8..].to_vec())
    };
    Some((0..paths.len()).map(|i| fs::read(folder.path().join(format!("{i}.rgb"))).ok().map(frame)).collect())
}

/// Largest and mean difference.
fn difference(a: &Frame, b: &Frame) -> (u8, f64) {
    let each = a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b));
    (each.clone().max().unwrap(), each.map(f64::from).sum::<f64>() / a.pixels().len() as f64)
}

/// Where we differ from Pillow, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("ico/Bad_smile-incorrect-image-length.ico", "icons are no format of ours"),
    ("bmp/images/V3_A1_R5_G5_B5.bmp", "Pillow passes over the alpha of 16-bit BMP"),
    ("bmp/images/V3_A1_R5_G5_B5_Top_Down.bmp", "Pillow passes over the alpha of 16-bit BMP"),
    ("bmp/images/V5_A1_R5_G5_B5.bmp", "Pillow passes over the alpha of 16-bit BMP"),
    ("bmp/images/pal4rle.bmp", "Pillow misreads 4-bit run lengths; OpenCV does not"),
    ("bmp/images/pal4rlecut.bmp", "Pillow misreads 4-bit run lengths; OpenCV does not"),
    ("bmp/images/pal4rletrns.bmp", "Pillow misreads 4-bit run lengths; OpenCV does not"),
    ("bmp/images/lenient/badplanes.bmp", "invalid; skipped"),
    ("bmp/images/lenient/badrle.bmp", "invalid; skipped"),
    ("bmp/images/lenient/rletopdown.bmp", "invalid; skipped"),
    ("gif/anim/border_touching_layers.gif", "outside the first frame, ours is white, Pillow's the background colour"),
    ("gif/anim/issue_1455_undersized.gif", "outside the first frame, ours is white, Pillow's the background colour"),
    ("gif/anim/oob.gif", "Pillow enlarges the canvas to the frame"),
    ("gif/simple/issue_1455_oversized.gif", "Pillow enlarges the canvas to the frame"),
    ("tiff/testsuite/hpredict.tiff", "its colours are multiplied by alpha, which the decoder does not say"),
    ("tiff/testsuite/hpredict_packbits.tiff", "its colours are multiplied by alpha, which the decoder does not say"),
    ("tiff/clusterfuzz-testcase-minimized-fuzzer_script_tiff-5026894169374720.tif", "broken; skipped"),
    ("jpeg_decoder_crash/dc-predictor-overflow.jpg", "broken; skipped"),
    ("imagetestsuite/1cbb1bb37d62c44f67374cd451643dc4.jpg", "broken; skipped"),
    ("imagetestsuite/28c74d9284d9836017fd519f6932efd8.jpg", "broken; skipped"),
    ("imagetestsuite/4838ece0d3900220d33528ee027289bc.jpg", "broken; skipped"),
    ("imagetestsuite/5482a54657765056f1a94116a8dbffe7.jpg", "broken; skipped"),
    ("imagetestsuite/7997b6b229f25315d33f5c7085e37500.jpg", "broken; skipped"),
    ("imagetestsuite/8e5e74dbf9b68a322fbb9512db837329.jpg", "broken; skipped"),
    ("imagetestsuite/b55977028a3a574336966b6536640fc9.jpg", "broken; skipped"),
    ("imagetestsuite/f6b4389c3cf0f5997b2e5a4b905aea8d.jpg", "broken; skipped"),
    ("jpeg_decoder_ref/partial_progressive.jpg", "ends before its pixels do; skipped"),
    ("jpeg_decoder_ref/progressive-missing-dc.jpg", "lacks a scan; skipped"),
    ("pillow/exif_imagemagick_orientation.png", "EXIF in ImageMagick's own text chunk, which browsers pass over too"),
    ("pngsuite/xcsn0g01.png", "wrong checksum; skipped"),
];

/// Pillow's colour engine goes by tables of 8 bits where a profile has tables.
const PROFILE_TOLERANCE: u8 = 4;

#[test]
fn every_odd_file_is_a_picture_as_pillow_sees_it_or_an_error_with_a_reason() {
    let Some(odd) = shared("odd") else { return };
    let mut names: Vec<_> = files(&odd).into_iter().filter(|name| !is_text(name)).collect();
    names.sort();
    let paths: Vec<_> = names.iter().map(|name| odd.join(name)).collect();
    let theirs = by_pillow(&paths);
    let (mut wrong, mut pictures, mut compared) = (Vec::new(), 0, 0);
    for (i, name) in names.iter().enumerate() {
        let bytes = fs::read(&paths[i]).unwrap();
        let ours = decode(&bytes);
        pictures += usize::from(ours.is_ok());
        // The pure-Rust JPEG decoder rounds and mends in its own way; Pillow's is libjpeg-turbo.
        let Some(theirs) = &theirs else { continue };
        if !cfg!(feature = "turbojpeg") && bytes.starts_with(b"\xff\xd8") {
            continue;
        }
        compared += 1;
        let complaint = match (&ours, &theirs[i]) {
            (Err(why), Some(_)) => Some(format!("Pillow reads it, we say: {why}")),
            // What the makers of our decoders keep as sound and Pillow does not know.
            (Ok(_), None) if !name.starts_with("image_rs_images") => Some("Pillow does not read it".into()),
            (Ok(ours), Some(theirs)) if ours.shape() != theirs.shape() => Some("another shape".into()),
            (Ok(ours), Some(theirs)) => {
                let (worst, mean) = difference(ours, theirs);
                (worst > PROFILE_TOLERANCE || mean > 0.5).then(|| format!("worst {worst}, mean {mean:.3}"))
            }
            _ => None,
        };
        let excepted = EXCEPTIONS.iter().any(|(file, _)| name.ends_with(file));
        match complaint {
            Some(complaint) if !excepted => wrong.push(format!("{}: {complaint}", name.display())),
            None if excepted => wrong.push(format!("{}: is as Pillow sees it and yet an exception", name.display())),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} files: {pictures} pictures, {} errors; {compared} compared", names.len(), names.len() - pictures);
    assert!(pictures > 350, "{pictures}");
}

#[test]
fn wide_colour_spaces_become_srgb_as_pillow_does_it() {
    use image::ImageEncoder;
    let folder = tempfile::tempdir().unwrap();
    let photo = crate::catalogue::photo();
    let Shape { width, height } = photo.shape();
    let profiles = [moxcms::ColorProfile::new_display_p3(), moxcms::ColorProfile::new_adobe_rgb()];
    let paths = profiles.map(|profile| {
        let path = folder.path().join(format!("{:?}.png", profile.red_colorant.x));
        let mut encoder = image::codecs::png::PngEncoder::new(fs::File::create(&path).unwrap());
        encoder.set_icc_profile(profile.encode().unwrap()).unwrap();
        encoder.write_image(photo.pixels(), width as u32, height as u32, image::ExtendedColorType::Rgb8).unwrap();
        path
    });
    let Some(theirs) = by_pillow(&paths) else { return };
    for (path, theirs) in paths.iter().zip(theirs) {
        let ours = decode(&fs::read(path).unwrap()).unwrap();
        assert!(difference(&ours, &photo).1 > 1.0, "the profile was not applied");
        let (worst, mean) = difference(&ours, &theirs.unwrap());
        assert!(worst <= 2 && mean < 0.5, "{}: worst {worst}, mean {mean}", path.display());
    }
}

/// A decompressor that was used again after a broken file called every later one broken, or gave it the tables of the
/// one before.
#[test]
fn a_broken_jpeg_does_not_spoil_the_next_one() {
    let Some(odd) = shared("odd") else { return };
    let sound = fs::read(odd.join("exif_orientation/Landscape_1.jpg")).unwrap();
    let first = decode(&sound).unwrap();
    for name in files(&odd.join("jpeg_decoder_crash")) {
        let _ = decode(&fs::read(odd.join("jpeg_decoder_crash").join(name)).unwrap());
        assert!(decode(&sound).as_ref() == Ok(&first));
    }
}

fn is_text(name: &Path) -> bool {
    let name = name.to_string_lossy();
    name.contains("LICENSE") || name.contains("README")
}
