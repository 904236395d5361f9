//! Text of unknown origin, made safe to print and short.

use core::fmt::{self, Write};

/// The number of characters that are shown of a name, or of a part of a message.
pub const SHOWN: usize = 120;

/// Shows a text of unknown origin on one line, with at most `most` of its characters.
///
/// Characters that steer a terminal, turn the direction of a line or cannot be seen are escaped. These are all that
/// `str::escape_debug` escapes, except for quotes and backslashes, and the code points that Unicode ignores by default.
/// A longer text is cut, and ends with the number of characters that are left out.
///
/// ```
/// use regularize_core::visible;
///
/// assert_eq!(visible("fc1", 120).to_string(), "fc1");
/// assert_eq!(visible("\u{1b}[2K\rfc1\n", 120).to_string(), "\\u{1b}[2K\\rfc1\\n");
/// assert_eq!(visible("convolution", 4).to_string(), "conv… (7 characters more)");
/// ```
#[must_use]
pub const fn visible(text: &str, most: usize) -> Visible<'_> {
    Visible {
        text,
        most,
        beyond: 0,
    }
}

/// Prints a text as [`visible`] says.
#[derive(Clone, Copy, Debug)]
pub struct Visible<'a> {
    text: &'a str,
    most: usize,
    beyond: usize,
}

impl Visible<'_> {
    /// Counts characters that follow the text and are not in it: those of a text that is not put together as a whole.
    ///
    /// ```
    /// # use regularize_core::visible;
    /// assert_eq!(visible("conv", 4).followed_by(7).to_string(), "conv… (7 characters more)");
    /// ```
    #[must_use]
    pub const fn followed_by(mut self, characters: usize) -> Self {
        self.beyond = characters;
        self
    }
}

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text.chars();
        for c in rest.by_ref().take(self.most) {
            match is_seen(c) {
                true => f.write_char(c)?,
                false => write!(f, "{}", c.escape_default())?,
            }
        }
        match rest.count().saturating_add(self.beyond) {
            0 => Ok(()),
            1 => f.write_str("… (1 character more)"),
            more => write!(f, "… ({more} characters more)"),
        }
    }
}

/// Returns whether a character is a visible mark on the line and nothing else.
fn is_seen(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // After a letter, since at the begin of a text an accent is escaped too.
    let mut text = *b"a    ";
    let length = 1 + c.encode_utf8(&mut text[1..]).len();
    let text = str::from_utf8(&text[..length]).unwrap_or_default();
    text.escape_debug().count() == 2 && !is_ignorable(c)
}

/// Returns whether a character is one of the letters and marks in Unicode's `Default_Ignorable_Code_Point`; `str::escape_debug` escapes the others.
const fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}
