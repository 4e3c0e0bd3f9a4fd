//! Connects to PostgreSQL servers.

use std::error::Error as _;

use tokio_postgres::Client;
use tokio_postgres::Config;
use tokio_postgres::NoTls;
use tokio_postgres::config::Host;
use tokio_postgres::config::SslMode;
use tokio_postgres::config::SslNegotiation;

use crate::Failure;
use crate::Limits;
use crate::postgres::failure::PostgresFailure;
use crate::postgres::failure::Unconnected;
use crate::postgres::framing::Messages;
use crate::postgres::tls::Tls;
use crate::servers::Address;
use crate::servers::Asker;
use crate::servers::Bounded;
use crate::servers::Driven;
use crate::servers::Unread;

const PORT: u16 = 5432;

/// What drives a connection, which goes on while this is there.
pub(crate) struct Driver(Driven<Result<(), tokio_postgres::Error>>);

impl Driver {
  /// Why the connection is lost, if that is because of what the server sent.
  pub(crate) async fn unread(&mut self) -> Option<Unread> {
    Unread::of(self.0.ended().await?.err()?.source()?.downcast_ref()?)
  }
}

/// Servers of which the first that lets one in is meant, and what one says to be let in.
#[derive(Clone)]
pub(crate) struct Server {
  config: Config,
  addresses: Vec<Address>,
}

impl Server {
  /// Of a URL, `postgres://user:password@host:port/database`, or of `host=… user=…`.
  pub(crate) fn parse(address: &str) -> Result<Self, PostgresFailure> {
    let no_address = |why: &str| PostgresFailure::ConnectionFailed(format!("the address is none of a server: {why}"));
    // What it says may repeat a part of the address, of which one is a password.
    let config =
      address.parse::<Config>().map_err(|_| no_address("write postgres://user:password@host:port/database"))?;
    if !config.get_hostaddrs().is_empty() {
      return Err(no_address("write the address in place of the host, not as hostaddr"));
    }
    let ports = config.get_ports();
    let addresses = config.get_hosts().iter().enumerate().map(|(index, host)| match host {
      Host::Tcp(host) => {
        let port = ports.get(index).or_else(|| ports.first().filter(|_| ports.len() == 1)).copied().unwrap_or(PORT);
        Ok(Address { scheme: "postgres", host: host.clone(), port })
      }
      Host::Unix(_) => Err(no_address("a component has no sockets of Unix")),
    });
    let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
    match addresses.is_empty() {
      true => Err(no_address("it names no host")),
      false => Ok(Self { config, addresses }),
    }
  }

  /// Whether somebody may connect to all of them, by their names.
  pub(crate) fn check(&self, asker: &Asker) -> Result<(), PostgresFailure> {
    self.addresses.iter().try_for_each(|address| address.check(asker)).map_err(PostgresFailure::from)
  }

  /// A connection to the first that lets one in, and what drives it.
  pub(crate) async fn connect(&self, asker: Option<&Asker>, limits: &Limits) -> Result<(Client, Driver), Unconnected> {
    let mut failure = Unconnected::Failed(PostgresFailure::Other(String::new()));
    for address in &self.addresses {
      let begun = tokio::time::timeout(limits.wait, self.connect_to(address, asker, limits)).await;
      failure = match begun {
        Ok(Ok(connected)) => return Ok(connected),
        Ok(Err(failure)) => failure,
        Err(_) => PostgresFailure::ConnectionFailed(address.late(limits.wait).to_string()).into(),
      };
    }
    Err(failure)
  }

  async fn connect_to(
    &self,
    address: &Address,
    asker: Option<&Asker>,
    limits: &Limits,
  ) -> Result<(Client, Driver), Unconnected> {
    let unreached = |failure: Failure| match failure {
      Failure::Refused(why) => Unconnected::Refused(why),
      failure => PostgresFailure::ConnectionFailed(failure.to_string()).into(),
    };
    let stream = address.connect(asker, limits.wait).await.map_err(unreached)?;
    let unconnected = |error| PostgresFailure::unconnected(&error);
    let most = limits.answer_bytes();
    let messages = match (self.config.get_ssl_mode(), self.config.get_ssl_negotiation()) {
      (SslMode::Disable, _) => Messages::new(most),
      (_, SslNegotiation::Direct) => Messages::by_tls(most),
      _ => Messages::after_agreement(most),
    };
    let stream = Bounded::new(stream, messages);
    let (client, driven) = match self.config.get_ssl_mode() {
      SslMode::Disable => {
        let (client, connection) = self.config.connect_raw(stream, NoTls).await.map_err(unconnected)?;
        (client, Driven::new(connection))
      }
      _ => {
        let tls = Tls(address.clone(), most);
        let (client, connection) = self.config.connect_raw(stream, tls).await.map_err(unconnected)?;
        (client, Driven::new(connection))
      }
    };
    client.batch_execute(&Self::limits_of(limits)).await.map_err(unconnected)?;
    Ok((client, Driver(driven)))
  }

  /// The server ends what nobody waits for any more: what it is told when a session begins.
  pub(crate) fn limits_of(limits: &Limits) -> String {
    format!("SET statement_timeout = {}", limits.statement.as_millis())
  }
}
