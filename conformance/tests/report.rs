//! The reports: their counts add up, they say what is wrong, and nothing that a subject says is more than text.

#![cfg(feature = "command")]

use regularize_conformance::report::{badge, html, junit, markdown, text};
use regularize_conformance::run::{ClauseResult, Failure, Known, Run};
use regularize_conformance::wire::{Claims, Dtype, Hello, Op, Subnormals};
use roxmltree::{Document, Node};

const HOSTILE: &str = "<script>alert(1)</script>]]>&\"'|`*_\u{1b}[31m\0\u{202e}\u{9b}2J\u{2028}\u{200b}\u{3164}\r\nsecond";

fn clause(
    clause: &str,
    chapter: &str,
    line: usize,
    conforms: usize,
    not_claimed: usize,
) -> ClauseResult {
    ClauseResult {
        clause: clause.into(),
        title: format!("What {clause} states"),
        chapter: chapter.into(),
        line,
        conforms,
        not_claimed,
        failures: Vec::new(),
    }
}

fn failure() -> Failure {
    Failure {
        asked: "l1(0.1) [1] : f64".into(),
        line: 221,
        want: "0.10000000149011612  3fb99999a0000000  exactly".into(),
        got: "0.1  3fb999999999999a".into(),
        off: None,
        known: None,
    }
}

fn passing() -> Run {
    Run {
        suite: "0.1.0".into(),
        edition: "keras-3.14.1".into(),
        seed: 24301,
        command: "python3 subject.py".into(),
        hello: Hello {
            name: "py-stdlib".into(),
            version: "1.2.0".into(),
            language: "python 3.11.7".into(),
            claims: Claims::new(&[Op::Construct, Op::Penalty], &[Dtype::F32, Dtype::F64]),
        },
        clauses: vec![
            clause("factors.finite", "Factors", 52, 6, 0),
            clause("factors.cast", "Factors", 217, 4, 0),
            clause("values.l1", "Values", 237, 12, 0),
            clause("proximal.shrink", "Proximal operator", 525, 0, 5),
        ],
        mistake: None,
        broken: None,
        seconds: 0.44,
    }
}

fn failing() -> Run {
    let mut run = passing();
    run.clauses[1].conforms = 3;
    run.clauses[1].failures.push(failure());
    run.mistake = Some("it does not round L1's factor to f32".into());
    run
}

fn expected() -> Run {
    let mut run = failing();
    run.mistake = None;
    let known = Known {
        reason: "XLA flushes".into(),
        issue: Some("https://example.org/1".into()),
    };
    run.clauses[1].failures[0].known = Some(known);
    run
}

fn broken() -> Run {
    let mut run = passing();
    run.clauses[2].conforms = 0;
    run.broken = Some("the subject was silent for 10 s".into());
    run
}

fn nothing() -> Run {
    let mut run = passing();
    run.clauses = vec![clause("values.l1", "Values", 237, 0, 12)];
    run
}

/// All texts are hostile.
fn hostile() -> Run {
    let mut run = expected();
    let texts = [&mut run.suite, &mut run.edition, &mut run.command];
    texts.into_iter().for_each(|text| *text = HOSTILE.into());
    let hello = &mut run.hello;
    [&mut hello.name, &mut hello.version, &mut hello.language]
        .into_iter()
        .for_each(|text| *text = HOSTILE.into());
    run.mistake = Some(HOSTILE.into());
    run.clauses.push(ClauseResult {
        clause: HOSTILE.into(),
        title: HOSTILE.into(),
        chapter: HOSTILE.into(),
        line: 999,
        conforms: 0,
        not_claimed: 0,
        failures: [
            None,
            Some(Known {
                reason: HOSTILE.into(),
                issue: Some(format!("javascript:{HOSTILE}")),
            }),
        ]
        .map(|known| Failure {
            asked: HOSTILE.into(),
            line: 999,
            want: HOSTILE.into(),
            got: HOSTILE.into(),
            off: Some(HOSTILE.into()),
            known,
        })
        .into(),
    });
    run
}

fn xml(run: &Run) -> String {
    junit(std::slice::from_ref(run)).expect("XML is written")
}

fn find<'a>(document: &'a Document<'_>, name: &str) -> Vec<Node<'a, 'a>> {
    document
        .descendants()
        .filter(|node| node.has_tag_name(name))
        .collect()
}

#[test]
fn text_is_the_report_of_the_style() {
    let want = "\
regularize-conformance 0.1.0 · keras-3.14.1 · seed 24301
subject py-stdlib 1.2.0 (python 3.11.7) claims construct penalty · f32 f64 · gradual underflow

  factors            ██████████████████░░   9 of 10
  values             ████████████████████  12 of 12
  proximal operator  not claimed

✗ factors.cast — What factors.cast states                                                SPEC.md:217
    asked     l1(0.1) [1] : f64                                                          SPEC.md:221
    want      0.10000000149011612   3fb99999a0000000   exactly
    got       0.1                   3fb999999999999a
    replay    regularize-conformance test --edition keras-3.14.1 --only factors.cast -- python3 subject.py

Every wrong answer is explained by one mistake: it does not round L1's factor to f32.

22 sent · 22 answered · 21 conform · 1 fails · 0 expected · 5 not claimed                      0.4 s
";
    assert_eq!(text(&failing(), false, 100), want);
}

#[test]
fn text_tells_what_is_expected_shortly() {
    let text = text(&expected(), false, 80);
    assert!(
        text.contains("    1 wrong answer, as expected: XLA flushes.\n    https://example.org/1\n"),
        "{text}"
    );
    assert!(
        text.contains("██▒▒   9 of 10 · 1 expected\n") && !text.contains("asked"),
        "{text}"
    );
}

#[test]
fn text_shows_three_failures_and_four_lines() {
    let mut run = failing();
    run.clauses[1].failures[0].want = (0..9).map(|i| format!("[{i}] 1  3f800000\n")).collect();
    run.clauses[1].failures = vec![run.clauses[1].failures[0].clone(); 7];
    let text = text(&run, false, 80);
    assert_eq!(text.matches("    asked ").count(), 3);
    assert_eq!(text.matches("[3] 1").count(), 3);
    assert!(
        !text.contains("[4] 1") && text.contains("              … and 5 more\n"),
        "{text}"
    );
    assert!(text.contains("\n    … and 4 more\n"), "{text}");
    assert!(text.contains("· 7 fail ·"), "{text}");
}

#[test]
fn text_of_a_subject_in_this_process_has_no_command() {
    let mut run = failing();
    run.command.clear();
    assert!(!text(&run, false, 80).contains("replay"));
}

#[test]
fn text_tells_not_asked_and_not_claimed_apart() {
    let broken = text(&broken(), false, 80);
    assert!(
        broken.contains("  values             not asked\n  proximal operator  not claimed\n"),
        "{broken}"
    );
    assert!(
        broken.contains("The run ended early: the subject was silent for 10 s. Nothing is said"),
        "{broken}"
    );
    let nothing = text(&nothing(), false, 80);
    assert!(
        nothing.contains("Nothing was tested") && nothing.contains("0 sent · 0 answered"),
        "{nothing}"
    );
}

#[test]
fn text_names_what_a_subject_chooses() {
    let mut run = passing();
    run.hello.claims.subnormals = Subnormals::Flushed;
    assert!(text(&run, false, 200).contains("· f32 f64 · subnormals flushed\n"));
}

#[test]
fn colour_is_all_that_colour_adds() {
    for run in [
        passing(),
        failing(),
        expected(),
        broken(),
        nothing(),
        hostile(),
    ] {
        let mut plain = text(&run, true, 80);
        for code in ["32", "31", "33", "2", "0"] {
            plain = plain.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(plain, text(&run, false, 80));
    }
}

#[test]
fn text_is_as_wide_as_the_terminal() {
    for width in [0, 60, 80, 120] {
        for run in [passing(), failing(), expected(), broken(), nothing()] {
            let text = text(&run, false, width);
            // What is copied is not broken.
            let lines = text.lines().filter(|line| !line.starts_with("    replay"));
            for line in lines {
                assert!(line.chars().count() <= width.max(60), "{width}: {line}");
            }
        }
    }
}

#[test]
fn bars_are_full_only_if_all_is_right() {
    let mut run = failing();
    run.clauses[0].conforms = 100_000;
    assert!(text(&run, false, 80).contains("███████████████████░  100003 of 100004\n"));
    run.clauses[0].conforms = 0;
    run.clauses[1].conforms = 0;
    assert!(text(&run, false, 80).contains("  factors            ░░░░░░░░░░░░░░░░░░░░   0 of 1\n"));
}

#[test]
fn markdown_counts_by_chapter() {
    let text = markdown(&[passing(), failing(), expected(), broken(), nothing()]);
    let rows: Vec<&str> = text.lines().take(7).collect();
    assert_eq!(
        rows,
        [
            "| subject | all | factors | values | proximal operator |",
            "|---|---:|---:|---:|---:|",
            "| py-stdlib 1.2.0 · keras-3.14.1 | 22 of 22 | 10 of 10 | 12 of 12 | — |",
            "| py-stdlib 1.2.0 · keras-3.14.1 | 21 of 22 ✗ | 9 of 10 ✗ | 12 of 12 | — |",
            "| py-stdlib 1.2.0 · keras-3.14.1 | 21 of 22 ~ | 9 of 10 ~ | 12 of 12 | — |",
            "| py-stdlib 1.2.0 · keras-3.14.1 | 10 of 10 ended early ✗ | 10 of 10 | — | — |",
            "| py-stdlib 1.2.0 · keras-3.14.1 | — | — | — | — |",
        ]
    );
    assert!(
        text.contains("- ✗ **factors.cast** — What factors.cast states (SPEC.md:217)\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "  asked  l1(0.1) [1] : f64   SPEC.md:221\n  want   0.10000000149011612   3fb9"
        ),
        "{text}"
    );
    assert!(
        text.contains("  1 wrong answer, as expected: XLA flushes. https://example.org/1\n"),
        "{text}"
    );
    assert!(
        text.contains("The run ended early: the subject was silent for 10 s.\n"),
        "{text}"
    );
    assert!(text.contains("Nothing was tested.\n"), "{text}");
}

#[test]
fn markdown_has_chapters_in_the_order_of_the_specification() {
    let (mut first, mut second) = (passing(), passing());
    first.clauses.remove(2);
    second.clauses.remove(3);
    assert!(
        markdown(&[first, second])
            .starts_with("| subject | all | factors | values | proximal operator |\n")
    );
}

#[test]
fn junit_has_a_case_for_each_clause() {
    let text =
        junit(&[passing(), failing(), expected(), broken(), nothing()]).expect("XML is written");
    let document = Document::parse(&text).expect("it is XML");
    let root = document.root_element();
    let counts = ["tests", "failures", "errors"].map(|name| root.attribute(name));
    assert_eq!(counts, [Some("19"), Some("1"), Some("2")]);
    let suites = find(&document, "testsuite");
    assert_eq!(suites.len(), 5);
    assert_eq!(
        suites[0].attribute("name"),
        Some("py-stdlib 1.2.0 · keras-3.14.1")
    );
    let case = find(&document, "testcase")[0];
    assert_eq!(
        ["name", "classname"].map(|name| case.attribute(name)),
        [Some("factors.finite"), Some("Factors")]
    );

    let failures = find(&document, "failure");
    let message = "What factors.cast states: 1 of 4 answers are wrong (SPEC.md:217)";
    assert_eq!(failures[0].attribute("message"), Some(message));
    assert!(
        failures[0]
            .text()
            .is_some_and(|text| text.contains("got    0.1                   3fb999999999999a"))
    );
    let errors: Vec<_> = find(&document, "error")
        .iter()
        .filter_map(|error| error.attribute("message"))
        .collect();
    assert_eq!(
        errors,
        [
            "The run ended early: the subject was silent for 10 s.",
            "Nothing was tested."
        ]
    );
    let skipped: Vec<_> = find(&document, "skipped")
        .iter()
        .filter_map(|node| node.attribute("message"))
        .collect();
    let known = "1 of 4 answers are wrong, as expected: XLA flushes. https://example.org/1";
    let not = "not claimed";
    assert_eq!(skipped, [not, not, known, not, "not asked", not, not]);
}

#[test]
fn badge_says_how_many_of_how_many() {
    let said = |run: &Run| {
        let svg = badge(run);
        let document = Document::parse(&svg).expect("it is XML");
        let text = find(&document, "text")[0]
            .text()
            .unwrap_or_default()
            .to_owned();
        let colour = find(&document, "rect")[0]
            .attribute("fill")
            .unwrap_or_default()
            .to_owned();
        (text, colour)
    };
    let (green, red) = ("#1a7f37".to_owned(), "#b3261e".to_owned());
    assert_eq!(
        said(&passing()),
        ("keras-3.14.1 · 22/22".into(), green.clone())
    );
    assert_eq!(
        said(&failing()),
        ("keras-3.14.1 · 21/22".into(), red.clone())
    );
    assert_eq!(said(&expected()), ("keras-3.14.1 · 21/22".into(), green));
    assert_eq!(
        said(&broken()),
        ("keras-3.14.1 · ended early".into(), red.clone())
    );
    assert_eq!(said(&nothing()), ("keras-3.14.1 · 0/0".into(), red));
}

#[test]
fn page_has_a_cell_for_each_chapter() {
    let page = html(&[passing(), failing(), expected(), broken(), nothing()]);
    for cell in [
        "aria-label=\"Factors: 10 of 10, every answer is right\"",
        "aria-label=\"Factors: 9 of 10, an answer is wrong\"",
        "aria-label=\"Factors: 9 of 10 · 1 expected, wrong only where expected\"",
        "aria-label=\"Values: not asked\"",
        "aria-label=\"Proximal operator: not claimed\"",
        "aria-label=\"all: 10 of 10 · 5 not claimed, ended early\"",
    ] {
        assert!(page.contains(cell), "{cell}");
    }
    assert!(page.contains("5 runs in 1 edition, of which 2 pass."));
    assert!(page.contains("<a href=\"https://example.org/1\" rel=\"noreferrer\">"));
    assert!(page.contains("Nothing was tested."));
}

#[test]
fn page_has_the_newest_edition_first() {
    let editions = ["tf-2.3", "unknown", "keras-3.14.1", "keras-3.0"];
    let runs = editions.map(|edition| Run {
        edition: edition.into(),
        ..passing()
    });
    let page = html(&runs);
    let mut places: Vec<_> = editions
        .map(|edition| (page.find(&format!("<h3>{edition}</h3>")), edition))
        .into();
    places.sort_unstable();
    assert_eq!(
        places
            .iter()
            .map(|(_, edition)| *edition)
            .collect::<Vec<_>>(),
        ["keras-3.14.1", "keras-3.0", "tf-2.3", "unknown"]
    );
}

#[test]
fn page_needs_nothing_from_outside() {
    let page = html(&[passing(), failing(), hostile()]);
    for outside in [
        "src=", "@import", "url(", "<link", "<iframe", "<object", "<img",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn nothing_that_a_subject_says_is_more_than_text() {
    let run = hostile();
    let texts = [
        text(&run, false, 80),
        markdown(std::slice::from_ref(&run)),
        xml(&run),
        badge(&run),
        html(std::slice::from_ref(&run)),
    ];
    for text in &texts {
        let steers = |c: &char| {
            (c.is_control() && *c != '\n') || "\u{202e}\u{2028}\u{200b}\u{3164}".contains(*c)
        };
        assert_eq!(text.chars().find(steers), None, "{text}");
        assert!(
            text.contains("\\u{1b}") || text.contains("\\\\u{1b}"),
            "{text}"
        );
    }
    let [_, markdown, xml, badge, html] = &texts;
    // Its own.
    assert_eq!(html.matches("<script").count(), 1);
    assert!(!html.contains("href=\"javascript"), "{html}");
    assert!(!badge.contains("<script"));
    // In Markdown code is fenced, and a fence is longer than what is in it.
    let is_code = |line: &str| line.starts_with("  ") && !line.contains("as expected:");
    let prose: Vec<&str> = markdown.lines().filter(|line| !is_code(line)).collect();
    assert!(
        prose.iter().all(|line| !line.contains("<script")),
        "{markdown}"
    );
    let pipes = |line: &&str| line.replace("\\|", "").matches('|').count();
    let widths: Vec<usize> = markdown.lines().take(3).map(|line| pipes(&line)).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{markdown}");

    let document = Document::parse(xml).expect("it is XML");
    let failure = find(&document, "failure")[0];
    let said = failure.text().unwrap_or_default();
    assert!(
        said.contains("got    <script>alert(1)</script>]]>&\"'|`*_\\u{1b}[31m\\u{0}\\u{202e}\\u{9b}2J\\u{2028}\\u{200b}\\u{3164}"),
        "{said}"
    );
    let svg = Document::parse(badge).expect("it is XML");
    assert!(
        find(&svg, "text")[0]
            .text()
            .is_some_and(|text| text.starts_with("<script>alert(1)"))
    );
}

#[test]
fn long_texts_are_short() {
    let mut run = failing();
    let long = "x".repeat(1 << 20);
    run.clauses[1].failures[0].got = long.clone();
    run.clauses[0].failures.push(Failure {
        known: Some(Known {
            reason: long.clone(),
            issue: Some(format!("https://{long}")),
        }),
        ..failure()
    });
    run.hello.name = long.clone();
    run.hello.claims.ops = vec![Op::Penalty; 1 << 20];
    run.edition = long.clone();
    run.command = long;
    let runs = [run];
    for text in [
        text(&runs[0], false, 80),
        markdown(&runs),
        xml(&runs[0]),
        badge(&runs[0]),
        html(&runs),
    ] {
        // A command, an edition and the address of an issue have 8,000 characters each at most, in several places.
        assert!(text.len() < 100_000, "{}", text.len());
        assert!(text.contains("characters more)"), "{text}");
    }
}

#[test]
fn no_runs_are_a_report() {
    assert_eq!(markdown(&[]), "There are no runs.\n");
    assert!(html(&[]).contains("There are no runs."));
    let xml = junit(&[]).expect("XML is written");
    assert_eq!(
        Document::parse(&xml)
            .expect("it is XML")
            .root_element()
            .attribute("tests"),
        Some("0")
    );
}

#[test]
fn a_run_without_clauses_is_a_report() {
    let run = Run {
        clauses: Vec::new(),
        seconds: f64::NAN,
        ..broken()
    };
    assert!(text(&run, false, 80).contains("0 sent"));
    assert!(markdown(std::slice::from_ref(&run)).contains("ended early"));
    assert!(xml(&run).contains("<error"));
    assert!(badge(&run).contains("ended early"));
    assert!(html(&[run]).contains("The run ended early"));
}
