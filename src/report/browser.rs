//! Laws of the page as a real browser shows it: plots are drawn, text can be read, nothing is asked of a network.

use std::path::Path;
use std::process::{Command, Output};

use serde::Deserialize;

use super::tests::{PARTS, empty, hostile, hundred};
use super::{example, page, tuning};

/// What `probe.js` leaves.
#[derive(Debug, Deserialize)]
struct Seen {
    width: u32,
    dark: bool,
    sections: Vec<String>,
    charts: usize,
    overflow: i32,
    broken: usize,
    requests: Vec<String>,
    undrawn: Vec<String>,
    faint: Vec<String>,
    unnamed: Vec<String>,
    stuck: Vec<String>,
}

/// The browser; `None`, said aloud, where there is none.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let starts = |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    let found = names.into_iter().find(starts);
    if found.is_none() {
        eprintln!("skipped: no Chromium here; scripts/setup --test installs it where the system has it as a package");
    }
    found
}

fn ask(browser: &str, folder: &Path, arguments: &[String]) -> Output {
    Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(arguments)
        .output()
        .expect("the browser starts")
}

/// On a desk and on a phone, in light and in dark.
const WINDOWS: [(u32, bool); 4] = [(1280, false), (1280, true), (390, false), (390, true)];

/// Shows a page in a window this wide, and checks what must hold of every page.
fn look(browser: &str, page: &str, width: u32, dark: bool) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    // The page forbids all scripts; this copy lets the probe in, and nothing else.
    let policy = "default-src 'none'; ";
    let probed = page.replacen(policy, "default-src 'none'; script-src 'unsafe-inline'; ", 1);
    let probed = probed.replacen("</head>", &format!("<script>{}</script></head>", include_str!("probe.js")), 1);
    std::fs::write(&file, probed).unwrap();
    // A window of the browser has a least width; a frame inside it has not.
    let frame = folder.path().join("frame.html");
    let html = format!(
        "<!doctype html><meta name=\"color-scheme\" content=\"light dark\"><iframe src=\"report.html\" width=\"{width}\" \
         height=\"800\" style=\"border:0\"></iframe><script>const frame = document.querySelector(\"iframe\"); \
         frame.onload = () => document.body.append(frame.contentDocument.getElementById(\"probe\"));</script>"
    );
    std::fs::write(&frame, html).unwrap();
    let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(!dark));
    let arguments = [
        scheme,
        "--allow-file-access-from-files".into(),
        "--window-size=1600,900".into(),
        "--virtual-time-budget=20000".into(),
        "--dump-dom".into(),
        format!("file://{}", frame.display()),
    ];
    let output = ask(browser, folder.path(), &arguments);
    let (page, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    let json = page.split("<pre id=\"probe\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let json = json.unwrap_or_else(|| panic!("no probe in {} bytes of page; {log}", page.len()));
    let json = json.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let seen: Seen = serde_json::from_str(&json).unwrap_or_else(|why| panic!("{why}: {json}"));
    assert_eq!((seen.width, seen.dark), (width, dark));
    assert!(seen.overflow <= 0, "the page is {} pixels too wide at {width}", seen.overflow);
    assert_eq!((seen.broken, &seen.requests[..]), (0, &[][..]), "pictures and requests");
    for (what, found) in [
        ("not drawn", &seen.undrawn),
        ("too faint to read", &seen.faint),
        ("without a name for a screen reader", &seen.unnamed),
        ("scrolled by no key", &seen.stuck),
    ] {
        assert!(found.is_empty(), "{what} at {width}, dark: {dark}: {found:#?}");
    }
    seen
}

#[test]
fn a_browser_shows_every_part_on_a_desk_and_on_a_phone_in_light_and_in_dark() {
    let Some(browser) = browser() else { return };
    for (width, dark) in WINDOWS {
        let seen = look(browser, &page(&example::report()), width, dark);
        for part in PARTS {
            assert!(seen.sections.iter().any(|section| section == part), "{part}");
        }
        assert!(seen.charts > 20, "{} charts", seen.charts);
    }
}

#[test]
fn a_browser_shows_the_empty_the_large_and_the_hostile_report() {
    let Some(browser) = browser() else { return };
    for (report, width) in [(empty(), 390), (hundred(), 390), (hundred(), 1280), (hostile(), 390)] {
        look(browser, &page(&report), width, false);
    }
}

#[test]
fn a_browser_shows_a_search() {
    let Some(browser) = browser() else { return };
    for (width, dark) in WINDOWS {
        let seen = look(browser, &tuning::page(&example::tuning()).unwrap(), width, dark);
        assert_eq!(seen.sections, ["history", "importances", "coordinates", "time", "trials"]);
        assert!(seen.charts > 6, "{} charts", seen.charts);
    }
}

#[test]
fn a_browser_prints_the_page() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [file, pdf] = ["report.html", "report.pdf"].map(|name| folder.path().join(name));
    std::fs::write(&file, page(&example::report())).unwrap();
    let arguments = [format!("--print-to-pdf={}", pdf.display()), format!("file://{}", file.display())];
    ask(browser, folder.path(), &arguments);
    let pdf = std::fs::read(&pdf).unwrap();
    assert!(pdf.starts_with(b"%PDF") && pdf.len() > 50_000, "{} bytes", pdf.len());
}
