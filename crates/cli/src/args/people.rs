//! The command line of `netgain people` and `netgain keys`.

use clap::{Args, Subcommand};
use netgain_control::{Role, Scope};
use netgain_domain::{OrganisationId, WorkspaceId};

#[derive(Args)]
pub struct PeopleArgs {
    #[command(subcommand)]
    pub what: PeopleWhat,
}

#[derive(Subcommand)]
pub enum PeopleWhat {
    /// Makes a person a member and prints a link by which they set their password
    Add(MemberArgs),
    /// Prints a link that makes whoever has it a member
    Invite(MemberArgs),
    /// Lists the people of an organisation and who is invited
    List(OrganisationArgs),
    /// Changes what a person is
    Role(MemberArgs),
    /// Ends a membership; the person's keys are revoked
    Remove(PersonArgs),
    /// Prints a link by which a person sets a new password
    ResetPassword(PersonArgs),
    /// Turns a person's second factor off, for who lost the phone and the recovery codes
    ResetSecondFactor(PersonArgs),
    /// Creates an organisation with people and workspaces of its own
    AddOrganisation(AddOrganisationArgs),
    /// Gives a workspace to an organisation
    MoveWorkspace(MoveWorkspaceArgs),
}

#[derive(Args)]
pub struct OrganisationArgs {
    #[arg(long, default_value = netgain_control::DEFAULT_ORGANISATION)]
    pub organisation: OrganisationId,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct MemberArgs {
    /// The e-mail address
    pub email: String,
    /// owner, admin, analyst or viewer
    #[arg(long)]
    pub role: Role,
    /// Only this workspace; may be given several times. All of the organisation without it
    #[arg(long = "workspace")]
    pub workspaces: Vec<WorkspaceId>,
    /// The person's name; the e-mail address without it
    #[arg(long)]
    pub name: Option<String>,
    /// The address that people reach the server at, for the link
    #[arg(long, value_name = "URL", env = "NETGAIN_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    pub public_url: String,
    #[command(flatten)]
    pub organisation: OrganisationArgs,
}

#[derive(Args)]
pub struct PersonArgs {
    /// The e-mail address
    pub email: String,
    /// The address that people reach the server at, for the link
    #[arg(long, value_name = "URL", env = "NETGAIN_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    pub public_url: String,
    #[command(flatten)]
    pub organisation: OrganisationArgs,
}

#[derive(Args)]
pub struct AddOrganisationArgs {
    pub id: OrganisationId,
    /// Its name for people; its id without it
    #[arg(long)]
    pub name: Option<String>,
}

#[derive(Args)]
pub struct MoveWorkspaceArgs {
    pub workspace: WorkspaceId,
    #[arg(long)]
    pub organisation: OrganisationId,
}

#[derive(Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    pub what: KeysWhat,
}

#[derive(Subcommand)]
pub enum KeysWhat {
    /// Makes an API key and prints it, once
    Add(AddKeyArgs),
    /// Lists the API keys of an organisation
    List(OrganisationArgs),
    /// Revokes an API key
    Revoke(RevokeKeyArgs),
}

#[derive(Args)]
pub struct AddKeyArgs {
    /// What it is for
    pub name: String,
    /// read, sync, write or admin; may be given several times
    #[arg(long = "scope", required = true)]
    pub scopes: Vec<Scope>,
    /// Only this workspace; may be given several times. All of the organisation without it
    #[arg(long = "workspace")]
    pub workspaces: Vec<WorkspaceId>,
    /// Days until it ends; never without it
    #[arg(long)]
    pub days: Option<u32>,
    #[command(flatten)]
    pub organisation: OrganisationArgs,
}

#[derive(Args)]
pub struct RevokeKeyArgs {
    /// The key's id, as `netgain keys list` shows it
    pub id: String,
    #[command(flatten)]
    pub organisation: OrganisationArgs,
}
