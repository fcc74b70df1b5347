package drillreport

// The part of the OSCAL 1.1 assessment-results model that is written
// (https://pages.nist.gov/OSCAL-Reference/models/v1.1.2/assessment-results/json-reference/). Lists that would be empty are left
// out: the model has none.
type (
	oscalDocument struct {
		Results oscalAssessment `json:"assessment-results"`
	}
	oscalAssessment struct {
		UUID       string        `json:"uuid"`
		Metadata   oscalMetadata `json:"metadata"`
		ImportAP   oscalImport   `json:"import-ap"`
		Results    []oscalResult `json:"results"`
		BackMatter oscalBack     `json:"back-matter"`
	}
	oscalMetadata struct {
		Title        string             `json:"title"`
		LastModified string             `json:"last-modified"`
		Version      string             `json:"version"`
		OSCAL        string             `json:"oscal-version"`
		Props        []oscalProp        `json:"props,omitempty"`
		Roles        []oscalRole        `json:"roles,omitempty"`
		Parties      []oscalParty       `json:"parties,omitempty"`
		Responsible  []oscalResponsible `json:"responsible-parties,omitempty"`
	}
	oscalRole struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	oscalParty struct {
		UUID string `json:"uuid"`
		Type string `json:"type"`
		Name string `json:"name"`
	}
	oscalResponsible struct {
		Role    string   `json:"role-id"`
		Parties []string `json:"party-uuids"`
	}
	oscalImport struct {
		Href    string `json:"href"`
		Remarks string `json:"remarks,omitempty"`
	}
	// oscalProp has a name that is an NCName, and a value on one line.
	oscalProp struct {
		Name  string `json:"name"`
		NS    string `json:"ns"`
		Value string `json:"value"`
	}
	oscalResult struct {
		UUID         string             `json:"uuid"`
		Title        string             `json:"title"`
		Description  string             `json:"description"`
		Start        string             `json:"start"`
		End          string             `json:"end"`
		Props        []oscalProp        `json:"props,omitempty"`
		Local        oscalLocal         `json:"local-definitions"`
		Reviewed     oscalReviewed      `json:"reviewed-controls"`
		Observations []oscalObservation `json:"observations,omitempty"`
		Findings     []oscalFinding     `json:"findings,omitempty"`
		Remarks      string             `json:"remarks,omitempty"`
	}
	oscalLocal struct {
		Components []oscalComponent `json:"components"`
	}
	oscalComponent struct {
		UUID        string     `json:"uuid"`
		Type        string     `json:"type"`
		Title       string     `json:"title"`
		Description string     `json:"description"`
		Status      oscalState `json:"status"`
	}
	oscalState struct {
		State string `json:"state"`
	}
	oscalReviewed struct {
		Selections []oscalSelection `json:"control-selections"`
	}
	oscalSelection struct {
		Description string         `json:"description"`
		Include     []oscalControl `json:"include-controls"`
	}
	oscalControl struct {
		ID string `json:"control-id"`
	}
	oscalObservation struct {
		UUID        string          `json:"uuid"`
		Title       string          `json:"title"`
		Description string          `json:"description"`
		Props       []oscalProp     `json:"props,omitempty"`
		Methods     []string        `json:"methods"`
		Origins     []oscalOrigin   `json:"origins"`
		Evidence    []oscalEvidence `json:"relevant-evidence,omitempty"`
		Collected   string          `json:"collected"`
		Expires     string          `json:"expires,omitempty"`
		Remarks     string          `json:"remarks,omitempty"`
	}
	oscalOrigin struct {
		Actors []oscalActor `json:"actors"`
	}
	oscalActor struct {
		Type string `json:"type"`
		UUID string `json:"actor-uuid"`
	}
	oscalEvidence struct {
		Href        string `json:"href,omitempty"`
		Description string `json:"description"`
	}
	oscalFinding struct {
		UUID        string         `json:"uuid"`
		Title       string         `json:"title"`
		Description string         `json:"description"`
		Props       []oscalProp    `json:"props,omitempty"`
		Target      oscalTarget    `json:"target"`
		Related     []oscalRelated `json:"related-observations,omitempty"`
	}
	oscalTarget struct {
		Type   string      `json:"type"`
		ID     string      `json:"target-id"`
		Title  string      `json:"title"`
		Status oscalStatus `json:"status"`
	}
	oscalStatus struct {
		State   string `json:"state"`  // satisfied or not-satisfied
		Reason  string `json:"reason"` // pass, fail or other
		Remarks string `json:"remarks,omitempty"`
	}
	oscalRelated struct {
		Observation string `json:"observation-uuid"`
	}
	oscalBack struct {
		Resources []oscalResource `json:"resources"`
	}
	oscalResource struct {
		UUID        string      `json:"uuid"`
		Title       string      `json:"title"`
		Description string      `json:"description,omitempty"`
		Props       []oscalProp `json:"props,omitempty"`
		Links       []oscalLink `json:"rlinks,omitempty"`
	}
	oscalLink struct {
		Href   string      `json:"href"`
		Hashes []oscalHash `json:"hashes,omitempty"`
	}
	oscalHash struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"value"`
	}
)
