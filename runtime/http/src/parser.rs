//! What reads permissions: as deno_permissions has it, and networks of addresses besides (`10.0.0.0/8`, `fc00::/7`),
//! which it knows for IPv4 alone.

use std::borrow::Cow;
use std::path::Path;

use deno_permissions::AllowRunDescriptorParseResult;
use deno_permissions::DenyRunDescriptor;
use deno_permissions::EnvDescriptor;
use deno_permissions::EnvDescriptorParseError;
use deno_permissions::FfiDescriptor;
use deno_permissions::Host;
use deno_permissions::ImportDescriptor;
use deno_permissions::NetDescriptor;
use deno_permissions::NetDescriptorParseError;
use deno_permissions::PathQueryDescriptor;
use deno_permissions::PathResolveError;
use deno_permissions::PermissionDescriptorParser;
use deno_permissions::ReadDescriptor;
use deno_permissions::RunDescriptorParseError;
use deno_permissions::RunQueryDescriptor;
use deno_permissions::RuntimePermissionDescriptorParser;
use deno_permissions::SpecialFilePathQueryDescriptor;
use deno_permissions::SysDescriptor;
use deno_permissions::SysDescriptorParseError;
use deno_permissions::WriteDescriptor;
use ipnet::IpNet;
use sys_traits::impls::RealSys;

/// What reads permissions.
#[derive(Debug)]
pub struct PermissionParser(RuntimePermissionDescriptorParser<RealSys>);

impl Default for PermissionParser {
  fn default() -> Self {
    Self(RuntimePermissionDescriptorParser::new(RealSys))
  }
}

impl PermissionDescriptorParser for PermissionParser {
  fn parse_net_descriptor(&self, text: &str) -> Result<NetDescriptor, NetDescriptorParseError> {
    match text.parse::<IpNet>() {
      Ok(network) => Ok(NetDescriptor(Host::IpSubnet(network), None)),
      Err(_) => self.0.parse_net_descriptor(text),
    }
  }

  // ---- As it is ----

  fn parse_read_descriptor(&self, text: &str) -> Result<ReadDescriptor, PathResolveError> {
    self.0.parse_read_descriptor(text)
  }

  fn parse_write_descriptor(&self, text: &str) -> Result<WriteDescriptor, PathResolveError> {
    self.0.parse_write_descriptor(text)
  }

  fn parse_import_descriptor(&self, text: &str) -> Result<ImportDescriptor, NetDescriptorParseError> {
    self.0.parse_import_descriptor(text)
  }

  fn parse_env_descriptor(&self, text: &str) -> Result<EnvDescriptor, EnvDescriptorParseError> {
    self.0.parse_env_descriptor(text)
  }

  fn parse_sys_descriptor(&self, text: &str) -> Result<SysDescriptor, SysDescriptorParseError> {
    self.0.parse_sys_descriptor(text)
  }

  fn parse_allow_run_descriptor(&self, text: &str) -> Result<AllowRunDescriptorParseResult, RunDescriptorParseError> {
    self.0.parse_allow_run_descriptor(text)
  }

  fn parse_deny_run_descriptor(&self, text: &str) -> Result<DenyRunDescriptor, PathResolveError> {
    self.0.parse_deny_run_descriptor(text)
  }

  fn parse_ffi_descriptor(&self, text: &str) -> Result<FfiDescriptor, PathResolveError> {
    self.0.parse_ffi_descriptor(text)
  }

  fn parse_path_query<'a>(&self, path: Cow<'a, Path>) -> Result<PathQueryDescriptor<'a>, PathResolveError> {
    self.0.parse_path_query(path)
  }

  fn parse_special_file_descriptor<'a>(
    &self,
    path: PathQueryDescriptor<'a>,
  ) -> Result<SpecialFilePathQueryDescriptor<'a>, PathResolveError> {
    self.0.parse_special_file_descriptor(path)
  }

  fn parse_net_query(&self, text: &str) -> Result<NetDescriptor, NetDescriptorParseError> {
    self.0.parse_net_query(text)
  }

  fn parse_run_query<'a>(&self, requested: &'a str) -> Result<RunQueryDescriptor<'a>, RunDescriptorParseError> {
    self.0.parse_run_query(requested)
  }
}
