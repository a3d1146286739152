//! The three forms of a report say the same.

use super::*;

fn report() -> Report {
    let points = (0..100).map(|n| Point {
        at_s: f64::from(n),
        ms: f64::from(n % 10 + 1),
    });
    let figure = Figure::of("POST → 201", points.collect()).unwrap();
    let sample = |n: u32| Sample {
        at_s: f64::from(n),
        cores: vec![0.5, 0.25],
        mib: vec![100.0 + f64::from(n), 50.0],
        neighbours: 0.125,
    };
    Report {
        name: "smoke".to_owned(),
        about: "a <test>".to_owned(),
        setting: vec![("world", "embedded".to_owned())],
        figures: vec![figure, Figure::of("never", Vec::new()).unwrap()],
        counts: vec![("incidents".to_owned(), 100)],
        stages: Stages::default(),
        usage: Usage {
            names: vec!["muster 1".to_owned(), "load".to_owned()],
            samples: (0..8).map(sample).collect(),
        },
        judged: vec![Judged {
            what: "alerts lost".to_owned(),
            wanted: "0".to_owned(),
            is: "1".to_owned(),
            held: false,
            counts: true,
        }],
        notes: vec!["slow & small".to_owned()],
        passed: false,
    }
}

#[test]
fn the_json_is_one_line_with_every_figure() {
    let json = report().json();
    assert!(!json.to_string().contains('\n'));
    assert_eq!(json["times"]["POST → 201"]["n"], 100);
    assert_eq!(json["processes"]["muster 1"]["mib_last"], 107.0);
    assert_eq!(json["judged"][0]["held"], false);
    assert_eq!(json["passed"], false);
}

#[test]
fn tables_show_what_was_missed_and_what_never_happened() {
    let text = report().markdown();
    assert!(text.contains("| alerts lost | 0 | 1 | ✗ fails |"), "{text}");
    assert!(text.contains("| never | 0 | – |"), "{text}");
    assert_eq!(report().missed().len(), 1);
}

#[test]
fn the_page_stands_alone() {
    let page = report().page();
    assert!(
        !page.contains("<script") && !page.contains("http"),
        "{page}"
    );
    assert!(page.contains("a &lt;test&gt;") && page.contains("slow &amp; small"));
    assert_eq!(page.matches("<svg").count(), 4);
    assert!(page.contains("prefers-color-scheme: dark"));
    let dir = tempfile::tempdir().unwrap();
    report().write(dir.path()).unwrap();
    for file in ["result.json", "report.md", "report.html"] {
        assert!(dir.path().join(file).is_file());
    }
}

#[test]
fn quarters_are_compared_by_their_medians() {
    let flat = |slope: f64| {
        let points = (0..400).map(|n| Point {
            at_s: f64::from(n),
            ms: 10.0 + slope * f64::from(n),
        });
        quarters(&points.collect::<Vec<_>>(), 400.0)
    };
    assert!((flat(0.0).unwrap() - 1.0).abs() < 1e-9);
    assert!(flat(0.1).unwrap() > 1.7);
    assert_eq!(quarters(&[], 400.0), None);
}
