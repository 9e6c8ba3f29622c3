//! What is searched, and its words.

use sea_orm::entity::prelude::*;

/// A thing as it is searched.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "search_texts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub shelf: i32,
    /// The instants by which lists order it, in milliseconds since 1970.
    pub due: i64,
    pub listed: i64,
    /// Its spelling.
    pub text: String,
    /// What it is counted among, separated by spaces.
    pub marks: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// One word of one thing, or one of its marks.
pub(crate) mod word {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "search_words")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub shelf: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub word: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub due: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub listed: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
