//! Where in a model a weight is.

use crate::Edition;
use std::fmt;

/// Where in a model a weight is, from the outermost layer in: `blocks.3.kernel`.
///
/// A list on the stack: a visitor that does not print it pays for no text. Beside the names it carries what
/// holds for everything below: whether it is [trainable](Self::trainable), whether it is reached through a
/// pointer that others may [share](Self::shared), whether it is [sharded](Self::sharded) over machines, and the
/// [edition](Self::edition) of Keras that it follows.
///
/// A field of a tuple struct is named by its number; the path of the model itself is empty.
///
/// ```
/// use regularize::Path;
///
/// let model = Path::root();
/// let blocks = model.field("blocks");
/// let block = blocks.index(3);
/// assert_eq!(block.field("kernel").to_string(), "blocks.3.kernel");
/// assert_eq!(model.to_string(), "");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
    trainable: bool,
    shared: bool,
    sharded: bool,
    edition: Edition,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'a> {
    Root,
    Field(&'a str),
    Index(usize),
}

impl Path<'static> {
    /// The model itself: trainable, not shared, and of the newest edition.
    ///
    /// ```
    /// # use regularize::Path;
    /// assert!(Path::root().is_trainable());
    /// ```
    #[must_use]
    pub const fn root() -> Self {
        Self {
            parent: None,
            segment: Segment::Root,
            trainable: true,
            shared: false,
            sharded: false,
            edition: Edition::LATEST,
        }
    }
}

impl<'a> Path<'a> {
    /// A field of what is here.
    ///
    /// ```
    /// # use regularize::Path;
    /// assert_eq!(Path::root().field("kernel").to_string(), "kernel");
    /// ```
    #[must_use]
    pub const fn field(&'a self, name: &'a str) -> Self {
        self.below(Segment::Field(name))
    }

    /// An element of what is here.
    ///
    /// ```
    /// # use regularize::Path;
    /// assert_eq!(Path::root().field("blocks").index(3).to_string(), "blocks.3");
    /// ```
    #[must_use]
    pub const fn index(&'a self, index: usize) -> Self {
        self.below(Segment::Index(index))
    }

    const fn below(&'a self, segment: Segment<'a>) -> Self {
        Self {
            parent: Some(self),
            segment,
            ..*self
        }
    }

    /// The same place, trained only if it was and `trainable` is true.
    ///
    /// What is frozen has no gradient and no proximal step, and in Keras 3 no loss; the report lists it.
    ///
    /// ```
    /// # use regularize::Path;
    /// let frozen = Path::root().trainable(false);
    /// assert!(!frozen.field("kernel").trainable(true).is_trainable());
    /// ```
    #[must_use]
    pub const fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = self.trainable && trainable;
        self
    }

    /// The same place, reached through a pointer that others may hold too.
    ///
    /// Below such a pointer a weight that was met before is not counted again.
    ///
    /// ```
    /// # use regularize::Path;
    /// assert!(Path::root().shared().field("kernel").is_shared());
    /// ```
    #[must_use]
    pub const fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The same place, where every shard of the model has a part of each weight, and no two the same.
    ///
    /// [`partials`](crate::Regularize::partials) of all shards make the whole weight's loss; what is not sharded is taken
    /// to be whole on every shard, and counts once.
    ///
    /// ```
    /// # use regularize::Path;
    /// assert!(Path::root().sharded().field("kernel").is_sharded());
    /// ```
    #[must_use]
    pub const fn sharded(mut self) -> Self {
        self.sharded = true;
        self
    }

    /// The same place in a layer of an edition of Keras. A layer that derives `Regularize` says its own.
    ///
    /// ```
    /// # use regularize::{Edition, Path};
    /// let frozen = Path::root().trainable(false);
    /// assert!(!frozen.has_loss());
    /// assert!(frozen.edition(Edition::KERAS_2_2).has_loss());
    /// ```
    #[must_use]
    pub const fn edition(mut self, edition: Edition) -> Self {
        self.edition = edition;
        self
    }

    /// Whether what is here has a loss: what is trained has one, and in Keras 2 what is frozen too.
    ///
    /// ```
    /// # use regularize::Path;
    /// assert!(Path::root().has_loss());
    /// ```
    #[must_use]
    pub const fn has_loss(&self) -> bool {
        self.trainable || self.edition.rules().counts_frozen
    }

    /// Whether what is here is trained.
    ///
    /// ```
    /// # use regularize::Path;
    /// assert!(Path::root().field("kernel").is_trainable());
    /// ```
    #[must_use]
    pub const fn is_trainable(&self) -> bool {
        self.trainable
    }

    /// Whether a pointer that others may hold leads here.
    ///
    /// ```
    /// # use regularize::Path;
    /// assert!(!Path::root().is_shared());
    /// ```
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether what is here is a part of a weight, and other shards have the others.
    ///
    /// ```
    /// # use regularize::Path;
    /// assert!(!Path::root().is_sharded());
    /// ```
    #[must_use]
    pub const fn is_sharded(&self) -> bool {
        self.sharded
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
            if !matches!(parent.segment, Segment::Root) {
                f.write_str(".")?;
            }
        }
        match self.segment {
            Segment::Root => Ok(()),
            Segment::Field(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "{index}"),
        }
    }
}
