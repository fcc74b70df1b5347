environment = "staging"
region      = "eu-central-1"
zones       = ["eu-central-1a"]
