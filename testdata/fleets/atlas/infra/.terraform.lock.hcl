# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/alekc/kubectl" {
  version     = "2.1.3"
  constraints = "~> 2.1, >= 2.0.0"
  hashes = [
    "h1:mdGKeT81IFbcgCZd9T1QvlZbMClmNWLesfgLtN5nnjU=",
    "h1:4uD2SuNNfrkdA8xh379Y/Ohm7D8FNmMwzTQw+rpVobA=",
    "zh:b0e743bd94553bd3ce406c2da0d7f132c4727adeb41a3c6e12d27796454d72bf",
    "zh:19bf52a2cf66a22bc0a08f2ebb08d18437dd7b846d896767780bf6981e7fceb0",
    "zh:e48e0edf675c77d6038af3f21232ddd851ab1ef581bd16952bc094baa7e15555",
  ]
}

provider "registry.terraform.io/hashicorp/aws" {
  version     = "6.19.0"
  constraints = ">= 6.0.0, ~> 6.19"
  hashes = [
    "h1:uDlQeExgCL/NacNFLv3w+KNAL7v4SaoAAmTtt+61lBs=",
    "h1:J3JhAbgQzgo8vbSdu9pyejL6DEyhblCUIKHFT1l7S7U=",
    "zh:d3950401caa88c1a3cb5a6c7cf94413dd4660aceb219613b930b9d01be066104",
    "zh:96ebe1217c676b32b248abe6e8dfb661b79b5f440c2a98fa0d98cd0e288a2051",
    "zh:0072c3ab5d3e4e242c5b06dc85a99c1ee8696c76ced11b80e4152a7b66aa7480",
  ]
}

provider "registry.terraform.io/hashicorp/helm" {
  version     = "3.0.2"
  constraints = ">= 3.0.0, ~> 3.0"
  hashes = [
    "h1:wDeT2RsfD28BX8UIUAlY0Q4lQxNUVzetqpQZlkX+GA0=",
    "h1:QPGg6C2w5eL0l1VMOLTsS5EKVTZt7GO6ZXbsj3Qm1i0=",
    "zh:bf4b0ea1d5acf6e31226994733f6302bd541dc847eed9e1dcfa0819458cff189",
    "zh:021097e42d848db28a8a9471223abf2626225a1b603dc9f11289befb61db7408",
    "zh:c7d2f69a38d1e16414875edf8206c971292d6e466644a7bf0eabd5a538c64f79",
  ]
}

provider "registry.terraform.io/hashicorp/kubernetes" {
  version     = "2.38.0"
  constraints = ">= 2.30.0, ~> 2.38"
  hashes = [
    "h1:05BA2/Z6v6OvnB7JlpwXa7ZJ9DPYzbk2X0CIU948FQM=",
    "h1:aRFjgJiJ7vmiUpwcUTX4W7avEI3PFMh/a8nR52ycc8M=",
    "zh:a5193bf68a18ed8379058cfcfef984847971dcb658952ed05c6194f481fd0b68",
    "zh:fff7390d7f466e1c1f4f30481e5f52ae5450907f14947cac7c828238eb9ba2d3",
    "zh:6149ee5b82dfa0a8c125b79fa802f5745615c51fc1a1832994573a23f75e5a2f",
  ]
}
