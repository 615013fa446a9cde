//! Further steps in training, tried.

use std::fs;

use serde_json::Value;

use crate::support::{Ran, python};
use crate::train_eval::{CONFIG, folds, train_eval};

/// The folds of the run before stay as they are; each list of steps is trained once, and its numbers follow from one another.
#[test]
fn further_steps_are_tried_on_the_first_fold_and_leave_the_run_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folds = folds(folder.path());
    let config = folder.path().join("train.yaml");
    let text = CONFIG.replace("naive_folds: 1", "naive_folds: 0").replace("self_test: 24", "self_test: 12");
    fs::write(&config, format!("{text}tta: none\n")).unwrap();
    let out = folder.path().join("run");
    let report = || serde_json::from_slice::<Value>(&fs::read(out.join("report.json")).unwrap()).unwrap();
    let run = |more: &[&str]| -> Ran {
        let ran = train_eval(&folds, &config, &out, more);
        assert!(ran.code < 2, "{}", ran.err);
        ran
    };
    run(&[]);
    let plain = report()["robustness"].clone();
    assert!(plain["ablation"].as_array().unwrap().is_empty());
    assert!(plain["advice"].as_str().unwrap().contains("`ablation: common`"), "{plain}");
    let changed = |file: &str| fs::metadata(out.join(file)).unwrap().modified().unwrap();
    let before = changed("fold-0/checkpoint.safetensors");

    let further = ["--set", "ablation={blur: [{gaussian_blur: {sigma: [1, 2], p: 0.5}}], grey: [{to_gray: {p: 0.5}}]}"];
    run(&further);
    assert_eq!(before, changed("fold-0/checkpoint.safetensors"));
    let found = report()["robustness"].clone();
    assert_eq!(found["corruptions"], plain["corruptions"]);
    let rows = found["ablation"].as_array().unwrap();
    let names: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["as configured", "with blur", "with grey"]);
    let number = |value: &Value| value.as_f64().unwrap();
    for row in rows {
        // The families have 3, 4, 4 and 4 of the fifteen corruptions.
        let families = row["families"].as_array().unwrap();
        let sum: f64 =
            families.iter().zip([3.0, 4.0, 4.0, 4.0]).map(|(family, kinds)| number(&family[1]) * kinds).sum();
        assert!((sum / 15.0 - number(&row["mean"])).abs() < 1e-12, "{row}");
        if let Some(gain) = row["gain"].as_array() {
            assert!((number(&rows[0]["mean"]) - number(&row["mean"]) - number(&gain[0])).abs() < 1e-12, "{row}");
            assert!(number(&gain[1]) > 0.0);
        }
    }
    assert!(found["advice"].as_str().unwrap().contains("trained 2 times more"), "{found}");
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains("with blur"));
    assert_eq!(fs::read_to_string(out.join("ablation/blur/results.csv")).unwrap().lines().count(), 3);

    // Run again: nothing is trained.
    let trained = changed("ablation/blur.json");
    run(&further);
    assert_eq!((trained, &found), (changed("ablation/blur.json"), &report()["robustness"]));
    let refused = train_eval(&folds, &config, &out, &[&further[..], &["--set", "self_test=0"]].concat());
    assert!(refused.code == 2 && refused.err.contains("`self_test` must be above 0"), "{}", refused.err);

    let Some(mut python) = python() else { return };
    let script = "
import json, sys, polars as pl
from pathlib import Path
from sklearn.metrics import f1_score
run = Path(sys.argv[1])
fold = pl.read_parquet(run / 'oof.parquet').filter(pl.col('fold') == 0)
own = json.loads((run / 'report.json').read_text())['robustness']['ablation'][0]
assert abs(f1_score(fold['label'], fold['predicted'], average='macro') - own['macro_f1']) < 1e-12
";
    let ran: Ran = python.arg("-c").arg(script).arg(&out).output().unwrap().into();
    ran.expect(0);
}
