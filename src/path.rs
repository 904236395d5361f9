//! Where in a model a weight is.

use crate::identity::Identity;
use regularize_core::Edition;
use std::fmt;

/// The place of a weight in a model, from the outermost layer in: `blocks.3.kernel`.
///
/// A list on the stack: a visitor that does not print it pays for no text. Beside the names it carries what
/// holds for everything below: whether it is [trainable](Self::trainable), whether it is reached through a
/// pointer that others may [share](Self::shared), whether it is [sharded](Self::sharded) over machines, and the
/// [edition](Self::edition) of Keras that it follows.
///
/// A field of a tuple struct is named by its number; the path of the model itself is empty.
///
/// ```
/// use regularize::extend::Path;
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
    flags: Flags,
}

/// Flags that hold for everything below, in one word. Several would be copied one by one.
#[derive(Clone, Copy, Debug)]
struct Flags(usize);

impl Flags {
    const FROZEN: usize = 1;
    const SHARED: usize = 2;
    const SHARDED: usize = 4;
    /// In this edition a frozen weight has a loss.
    const COUNTS_FROZEN: usize = 8;
    const VALUE_ONLY: usize = 16;
    const LISTS: usize = 32;
    const UNNAMED: usize = 64;

    const fn has(self, flag: usize) -> bool {
        self.0 & flag != 0
    }

    const fn set(&mut self, flag: usize) {
        self.0 |= flag;
    }
}

#[derive(Clone, Copy, Debug)]
enum Segment<'a> {
    /// The model, and where it is.
    Root(Memory),
    Field(&'a str),
    Index(usize),
    /// No step of its own in the model, but one to other memory.
    Through {
        owner: Memory,
        part: Memory,
    },
    /// No step either: the tensor here has this identity.
    Identified(&'a Identity),
}

/// The first address of a value, and the one after its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory(usize, usize);

impl Memory {
    #[inline]
    pub(crate) fn of<T: ?Sized>(value: &T) -> Self {
        let start = std::ptr::from_ref(value).cast::<()>().addr();
        Self(start, start + size_of_val(value))
    }

    const fn contains(self, other: Self) -> bool {
        self.0 <= other.0 && other.1 <= self.1
    }
}

impl Path<'static> {
    /// The model itself: trainable, not shared, and of the newest edition.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert!(Path::root().is_trainable());
    /// ```
    #[inline]
    #[must_use]
    pub const fn root() -> Self {
        Self {
            parent: None,
            segment: Segment::Root(Memory(0, 0)),
            flags: Flags(0),
        }
    }

    /// Returns the path of a model that is borrowed for all of the traversal.
    #[inline]
    pub(crate) fn of<L: ?Sized>(model: &L) -> Self {
        let mut root = Self::root();
        root.segment = Segment::Root(Memory::of(model));
        root
    }
}

impl<'a> Path<'a> {
    /// A field of what is here.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert_eq!(Path::root().field("kernel").to_string(), "kernel");
    /// ```
    #[inline]
    #[must_use]
    pub const fn field(&'a self, name: &'a str) -> Self {
        self.below(Segment::Field(name))
    }

    /// An element of what is here.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert_eq!(Path::root().field("blocks").index(3).to_string(), "blocks.3");
    /// ```
    #[inline]
    #[must_use]
    pub const fn index(&'a self, index: usize) -> Self {
        self.below(Segment::Index(index))
    }

    #[inline]
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
    /// # use regularize::extend::Path;
    /// let frozen = Path::root().trainable(false);
    /// assert!(!frozen.field("kernel").trainable(true).is_trainable());
    /// ```
    #[inline]
    #[must_use]
    pub const fn trainable(mut self, trainable: bool) -> Self {
        if !trainable {
            self.flags.set(Flags::FROZEN);
        }
        self
    }

    /// The same place, reached through a pointer that others may hold too.
    ///
    /// Below such a pointer a weight that was met before is not counted again: [`Identity`](crate::extend::Identity) says when two
    /// weights are one. A pointer type of your own says with [`through`](Self::through) where it leads.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert!(Path::root().shared().field("kernel").is_shared());
    /// ```
    #[inline]
    #[must_use]
    pub const fn shared(mut self) -> Self {
        self.flags.set(Flags::SHARED);
        self
    }

    /// Returns the same place, reached through `owner`, which keeps `part` alive and where it is.
    ///
    /// A weight is recognized at its second place only if its numbers are in memory that stays until the traversal ends.
    /// That is the memory of the model itself, and that of each `part` whose `owner` is in such memory. Where the
    /// `owner` is elsewhere, in a variable of a function for example, the call changes nothing.
    ///
    /// The pointers and lists of this crate call it. Call it from a container, pointer or tensor of your own whose parts
    /// are not in itself. The `part` must stay until the traversal ends: if it is dropped, moved or replaced before, a
    /// later weight may be at its address, and is then left out.
    ///
    /// ```
    /// use regularize::extend::{Each, Path, Weight};
    /// use regularize::{Error, Regularize};
    /// use std::collections::VecDeque;
    /// use std::rc::Rc;
    ///
    /// struct Heads(VecDeque<Rc<Vec<f32>>>);
    ///
    /// impl Weight for Heads {
    ///     type Tensor = [f32];
    ///
    ///     fn each_tensor(&self, at: &Path<'_>, f: &mut Each<'_, [f32]>) -> Result<(), Error> {
    ///         (0..).zip(&self.0).try_for_each(|(index, head)| {
    ///             // The `Rc` is in the memory of the deque.
    ///             head.each_tensor(&at.index(index).through(self, head), f)
    ///         })
    ///     }
    /// }
    ///
    /// #[derive(Regularize)]
    /// struct Model {
    ///     #[regularize(l1(1.0))]
    ///     heads: Heads,
    /// }
    ///
    /// let head = Rc::new(vec![1.0, -2.0]);
    /// let model = Model { heads: Heads([Rc::clone(&head), head].into()) };
    /// assert_eq!(model.penalty(), 3.0);
    /// ```
    #[inline]
    #[must_use]
    pub fn through<O: ?Sized, T: ?Sized>(&'a self, owner: &O, part: &T) -> Self {
        self.through_memory(Memory::of(owner), part)
    }

    /// Returns the same place, reached through an owner that is borrowed mutably.
    #[inline]
    pub(crate) fn through_memory<T: ?Sized>(&'a self, owner: Memory, part: &T) -> Self {
        let part = Memory::of(part);
        self.below(Segment::Through { owner, part })
    }

    /// Returns the same place, reached through the owner of numbers, of which this is the first.
    #[cfg(any(feature = "nalgebra", feature = "ndarray"))]
    pub(crate) fn through_first<O: ?Sized, T>(&'a self, owner: &O, first: Option<&T>) -> Self {
        match first {
            Some(first) => self.through(owner, first),
            None => *self,
        }
    }

    /// Returns the same place, whose tensor has this identity, whatever it says itself.
    ///
    /// For a weight that hands its tensor out as a copy, as a parameter of burn does.
    ///
    /// ```
    /// # use regularize::extend::{Identity, Path};
    /// let identity = Identity::numbered(7, 3);
    /// let root = Path::root();
    /// assert_eq!(root.identified(&identity).identity(), Some(&identity));
    /// ```
    #[inline]
    #[must_use]
    pub const fn identified(&'a self, identity: &'a Identity) -> Self {
        self.below(Segment::Identified(identity))
    }

    /// Returns the identity of the tensor here, if the path has it.
    #[inline]
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        match self.segment {
            Segment::Identified(identity) => Some(identity),
            _ => None,
        }
    }

    /// Returns whether the memory at the address is known to stay until the traversal ends.
    pub(crate) fn keeps(&self, address: usize) -> bool {
        self.kept().contains(Memory(address, address + 1))
    }

    /// Returns the memory here that is known to stay. A path that is not asked for it does not compute it.
    fn kept(&self) -> Memory {
        let above = || self.parent.map_or(Memory(0, 0), Self::kept);
        match self.segment {
            Segment::Root(model) => model,
            Segment::Field(_) | Segment::Index(_) | Segment::Identified(_) => above(),
            Segment::Through { owner, part } => {
                let above = above();
                match above.contains(owner) {
                    true => part,
                    false => above,
                }
            }
        }
    }

    /// Returns whether this is the model itself, whose path is empty.
    const fn is_root(&self) -> bool {
        match (self.segment, self.parent) {
            (Segment::Root(_), _) => true,
            (Segment::Through { .. } | Segment::Identified(_), Some(parent)) => parent.is_root(),
            _ => false,
        }
    }

    /// The same place, where every shard of the model has a part of each weight, and no two the same.
    ///
    /// [`partials`](crate::distributed::Distributed::partials) of all shards make the whole weight's loss; what is not sharded is taken
    /// to be whole on every shard, and counts once.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert!(Path::root().sharded().field("kernel").is_sharded());
    /// ```
    #[inline]
    #[must_use]
    pub const fn sharded(mut self) -> Self {
        self.flags.set(Flags::SHARDED);
        self
    }

    /// Returns the same place, where the step and the gradient leave every weight as it is.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert!(Path::root().value_only().field("kernel").is_value_only());
    /// ```
    #[inline]
    #[must_use]
    pub const fn value_only(mut self) -> Self {
        self.flags.set(Flags::VALUE_ONLY);
        self
    }

    /// Returns the same place, where weights that nobody regularizes are presented too, as
    /// [`Entry::Unregularized`](crate::extend::Entry::Unregularized).
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert!(Path::root().listing().field("head").lists_unregularized());
    /// ```
    #[inline]
    #[must_use]
    pub const fn listing(mut self) -> Self {
        self.flags.set(Flags::LISTS);
        self
    }

    /// Returns the same place in a field that no attribute names.
    pub(crate) const fn unnamed(mut self) -> Self {
        self.flags.set(Flags::UNNAMED);
        self
    }

    /// Returns whether this is in a field that no attribute names.
    pub(crate) const fn is_unnamed(&self) -> bool {
        self.flags.has(Flags::UNNAMED)
    }

    /// Returns whether weights that nobody regularizes are presented here too.
    #[inline]
    #[must_use]
    pub const fn lists_unregularized(&self) -> bool {
        // A pointer in a field that is not named may lead back to where it is.
        let may_be_above = self.is_unnamed() && self.is_shared();
        self.flags.has(Flags::LISTS) && !may_be_above
    }

    /// Returns whether the step and the gradient leave every weight here as it is.
    #[inline]
    #[must_use]
    pub const fn is_value_only(&self) -> bool {
        self.flags.has(Flags::VALUE_ONLY)
    }

    /// The same place in a layer of an edition of Keras. A layer that derives `Regularize` says its own.
    ///
    /// ```
    /// # use regularize::Edition;
    /// # use regularize::extend::Path;
    /// let frozen = Path::root().trainable(false);
    /// assert!(!frozen.has_loss());
    /// assert!(frozen.edition(Edition::KERAS_2_2).has_loss());
    /// ```
    #[inline]
    #[must_use]
    pub const fn edition(mut self, edition: Edition) -> Self {
        self.flags.0 &= !Flags::COUNTS_FROZEN;
        if edition.rules().counts_frozen {
            self.flags.set(Flags::COUNTS_FROZEN);
        }
        self
    }

    /// Returns whether a weight here has a loss. A trained one has, and in Keras 2 a frozen one as well.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert!(Path::root().has_loss());
    /// ```
    #[inline]
    #[must_use]
    pub const fn has_loss(&self) -> bool {
        !self.flags.has(Flags::FROZEN) || self.flags.has(Flags::COUNTS_FROZEN)
    }

    /// Returns whether a weight here is trained.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert!(Path::root().field("kernel").is_trainable());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_trainable(&self) -> bool {
        !self.flags.has(Flags::FROZEN)
    }

    /// Returns whether a pointer that others may hold leads here.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert!(!Path::root().is_shared());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.flags.has(Flags::SHARED)
    }

    /// Returns whether a weight here is a part, and other shards have the others.
    ///
    /// ```
    /// # use regularize::extend::Path;
    /// assert!(!Path::root().is_sharded());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_sharded(&self) -> bool {
        self.flags.has(Flags::SHARDED)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_name = matches!(self.segment, Segment::Field(_) | Segment::Index(_));
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
            if is_name && !parent.is_root() {
                f.write_str(".")?;
            }
        }
        match self.segment {
            Segment::Root(_) | Segment::Through { .. } | Segment::Identified(_) => Ok(()),
            Segment::Field(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_model_ends_with_it() {
        let model = [0_u8; 4];
        let start = model.as_ptr().addr();
        let path = Path::of(&model);
        assert!(path.keeps(start) && path.keeps(start + 3));
        assert!(!path.keeps(start - 1) && !path.keeps(start + 4));
        assert!(!Path::root().keeps(start));
    }
}
