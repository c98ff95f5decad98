//! Behaviour of the face as clients see it.
