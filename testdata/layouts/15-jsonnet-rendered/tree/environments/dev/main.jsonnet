(import '../../lib/web.libsonnet').web(1)
