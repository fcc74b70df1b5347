package proposal

import (
	"strings"
)

// cloudRegions are the regions of the large public clouds, by the names that nodes carry in topology.kubernetes.io/region.
// Only these are taken for a region when a folder is called so: "us-east" may be any of four.
var cloudRegions = set(`
us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 mx-central-1 sa-east-1
eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
ap-south-1 ap-south-2 ap-east-1 ap-east-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
ap-southeast-7 ap-northeast-1 ap-northeast-2 ap-northeast-3 me-south-1 me-central-1 il-central-1 af-south-1
cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1

us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4 northamerica-northeast1
northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 europe-west1 europe-west2 europe-west3
europe-west4 europe-west6 europe-west8 europe-west9 europe-west10 europe-west12 europe-central2 europe-north1 europe-north2
europe-southwest1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
asia-southeast1 asia-southeast2 australia-southeast1 australia-southeast2 me-central1 me-central2 me-west1 africa-south1

eastus eastus2 centralus northcentralus southcentralus westcentralus westus westus2 westus3 canadacentral canadaeast
brazilsouth brazilsoutheast chilecentral mexicocentral northeurope westeurope uksouth ukwest francecentral francesouth
germanywestcentral germanynorth norwayeast norwaywest swedencentral swedensouth switzerlandnorth switzerlandwest
polandcentral italynorth spaincentral austriaeast belgiumcentral australiaeast australiasoutheast australiacentral
japaneast japanwest koreacentral koreasouth eastasia southeastasia centralindia southindia westindia jioindiawest
indonesiacentral malaysiawest newzealandnorth uaenorth uaecentral southafricanorth southafricawest qatarcentral
israelcentral chinaeast2 chinaeast3 chinanorth2 chinanorth3 usgovvirginia usgovarizona usgovtexas

us-ashburn-1 us-phoenix-1 us-sanjose-1 us-chicago-1 eu-frankfurt-1 eu-amsterdam-1 eu-zurich-1 eu-madrid-1 eu-milan-1
eu-marseille-1 eu-stockholm-1 eu-paris-1 uk-london-1 uk-cardiff-1 ap-tokyo-1 ap-osaka-1 ap-seoul-1 ap-singapore-1 ap-mumbai-1
ap-hyderabad-1 ap-sydney-1 ap-melbourne-1 sa-saopaulo-1 sa-vinhedo-1 sa-santiago-1 ca-toronto-1 ca-montreal-1
me-jeddah-1 me-dubai-1 me-abudhabi-1 af-johannesburg-1 il-jerusalem-1 mx-queretaro-1

cn-hangzhou cn-shanghai cn-beijing cn-shenzhen cn-hongkong
`)

// regionIn finds the cloud region that a name holds as whole words: us-east-1 in "prod-us-east-1-blue".
func regionIn(name string) string {
	words := split(name)
	for size := min(4, len(words)); size > 0; size-- {
		for i := 0; i+size <= len(words); i++ {
			if r := strings.Join(words[i:i+size], "-"); cloudRegions[r] {
				return r
			}
		}
	}
	return ""
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// split cuts a name into its words, in lower case.
func split(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == ' ' })
}
