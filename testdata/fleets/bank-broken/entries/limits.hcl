Kind           = "service-resolver",
Name           = "limits",
ConnectTimeout = "1s",
RequestTimeout = "2s",

Failover = {
  "*" = {
    # West has a replica that is read only: no limit is raised while east is gone.
    Targets = [
      { Datacenter = "east" },
      { Service = "limits-replica", Datacenter = "west" },
    ]
  }
},
