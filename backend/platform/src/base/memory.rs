//! What slices keep in memory while the program runs, each under a type of its own: nothing that has to outlive it, and nothing that
//! another process would have to know.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One for the program; what it holds is shared by all of its clones.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl Memory {
    /// What is kept under this type, new where it is asked for first.
    pub(crate) fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(TypeId::of::<T>()).or_insert_with(|| Arc::<T>::default());
        // It is of that type: it is kept under it.
        kept.clone().downcast().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn each_type_has_one_of_its_own() {
        let memory = Memory::default();
        memory.clone().of::<AtomicU32>().store(7, Ordering::Relaxed);
        assert_eq!(memory.of::<Mutex<u32>>().lock().unwrap().to_owned(), 0);
        assert_eq!(memory.of::<AtomicU32>().load(Ordering::Relaxed), 7);
        assert_eq!(Memory::default().of::<AtomicU32>().load(Ordering::Relaxed), 0);
    }
}
