# The servers of the primary datacenter. What is bootstrapped here holds for east and west.
datacenter         = "east"
primary_datacenter = "east"
server             = true
bootstrap_expect   = 3

connect {
  enabled                            = true
  enable_mesh_gateway_wan_federation = true
}

acl {
  enabled        = true
  default_policy = "deny"
}

config_entries {
  bootstrap {
    kind = "proxy-defaults"
    name = "global"
    config {
      protocol = "http"
    }
    mesh_gateway {
      mode = "remote"
    }
  }
  bootstrap {
    kind = "mesh"
    tls {
      incoming {
        tls_min_version = "TLSv1_2"
      }
      outgoing {
        tls_min_version = "TLSv1_2"
      }
    }
  }
  # Nobody calls anybody unless an entry in entries/intentions says so.
  bootstrap {
    kind = "service-intentions"
    name = "*"
    sources = [
      { name = "*", action = "deny" },
    ]
  }
}
