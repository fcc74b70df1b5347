(import '../../lib/web.libsonnet').web(3)
