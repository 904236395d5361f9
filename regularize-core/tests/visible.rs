//! What is printed of a text of unknown origin.

use regularize_core::visible;

/// Cc; line and paragraph separators; what turns the direction; what has no width; spaces that are none; tags,
/// variation selectors, private and unassigned code points.
#[test]
fn nothing_steers_or_hides() {
    let ranges = [
        '\0'..='\u{1f}',
        '\u{7f}'..='\u{a0}',
        '\u{ad}'..='\u{ad}',
        '\u{34f}'..='\u{34f}',
        '\u{61c}'..='\u{61c}',
        '\u{70f}'..='\u{70f}',
        '\u{115f}'..='\u{1160}',
        '\u{17b4}'..='\u{17b5}',
        '\u{180b}'..='\u{180f}',
        '\u{2000}'..='\u{200f}',
        '\u{2028}'..='\u{202f}',
        '\u{205f}'..='\u{206f}',
        '\u{3000}'..='\u{3000}',
        '\u{3164}'..='\u{3164}',
        '\u{e000}'..='\u{f8ff}',
        '\u{fe00}'..='\u{fe0f}',
        '\u{feff}'..='\u{feff}',
        '\u{ffa0}'..='\u{ffa0}',
        '\u{fff0}'..='\u{fffb}',
        '\u{fffe}'..='\u{ffff}',
        '\u{13430}'..='\u{1343f}',
        '\u{1bca0}'..='\u{1bca3}',
        '\u{1d173}'..='\u{1d17a}',
        '\u{e0000}'..='\u{e0fff}',
    ];
    for c in ranges.into_iter().flatten() {
        let shown = visible(c.encode_utf8(&mut [0; 4]), 1).to_string();
        assert!(shown.starts_with('\\') && shown.is_ascii(), "{shown:?}");
    }
}

#[test]
fn what_is_seen_stays() {
    let seen = "Σ|x| \"l2\" 'l1' C:\\keras é e\u{301} हिन्दी สวัสดี 日本語 עברית ✓ 🦀 █ …";
    assert_eq!(visible(seen, 120).to_string(), seen);
}

#[test]
fn what_is_left_out_is_counted() {
    assert_eq!(visible("日本語", 3).to_string(), "日本語");
    assert_eq!(visible("日本語", 2).to_string(), "日本… (1 character more)");
    assert_eq!(visible("\n\n\n", 1).to_string(), "\\n… (2 characters more)");
    assert_eq!(visible("", 0).to_string(), "");
    let long = visible("a", 1).followed_by(usize::MAX).to_string();
    assert_eq!(long, format!("a… ({} characters more)", usize::MAX));
}
