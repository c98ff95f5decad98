//! What a merchant's file becomes, through the public interface.

mod real_files;
mod support;
