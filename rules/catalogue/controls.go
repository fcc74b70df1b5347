package catalogue

import "slices"

// Framework is a set of requirements that auditors ask about.
type Framework struct {
	Key, Name string
	// References are those that rules may name, with their titles.
	References []Reference
}

// Reference is one requirement of a framework.
type Reference struct{ ID, Title string }

// Frameworks are the requirements that rules refer to. A rule supports the evidence for a requirement; it does not
// fulfil one.
var Frameworks = []Framework{
	{"dora", "DORA, Regulation (EU) 2022/2554", []Reference{
		{"Art. 7", "ICT systems, protocols and tools: reliable, sufficient capacity, technologically resilient"},
		{"Art. 8(4)", "Map ICT assets, their configuration, links and interdependencies"},
		{"Art. 9(2)", "Availability, authenticity, integrity and confidentiality of data, in transit too"},
		{"Art. 9(3)", "Security of the means of transfer of data"},
		{"Art. 9(4)", "Access, authentication, and documented change management"},
		{"Art. 10(1)", "Detect anomalous activities and material single points of failure"},
		{"Art. 11(2)", "Continuity of critical or important functions"},
		{"Art. 11(6)", "Test continuity plans, with switchovers to redundant capacity"},
		{"Art. 12(4)", "Redundant ICT capacities that are adequate to ensure business needs"},
		{"Art. 12(6)", "Recovery time and recovery point objectives for each function"},
		{"Art. 24(1)", "Digital operational resilience testing programme"},
		{"Art. 24(6)", "Test all ICT systems and applications of critical or important functions at least yearly"},
		{"Art. 25(1)", "Testing of ICT tools and systems, with scenario-based and end-to-end tests"},
	}},
	{"soc2", "SOC 2, Trust Services Criteria", []Reference{
		{"A1.1", "Maintain, monitor and evaluate capacity"},
		{"A1.2", "Environmental protections, backup and recovery infrastructure"},
		{"A1.3", "Test recovery plan procedures"},
		{"CC6.1", "Logical access security"},
		{"CC6.6", "Protect against threats from outside the system's boundaries"},
		{"CC6.7", "Protect information during transmission"},
		{"CC7.1", "Detect changes of configuration that introduce vulnerabilities"},
		{"CC7.5", "Recover from identified incidents"},
		{"CC8.1", "Authorise, test and approve changes"},
		{"CC9.1", "Mitigate risks of business disruption"},
	}},
	{"iso22301", "ISO 22301:2019", []Reference{
		{"8.2.2", "Business impact analysis"},
		{"8.2.3", "Risk assessment"},
		{"8.3.2", "Identification of strategies and solutions"},
		{"8.3.4", "Resource requirements"},
		{"8.3.5", "Implementation of solutions"},
		{"8.4.4", "Business continuity plans"},
		{"8.4.5", "Recovery"},
		{"8.5", "Exercise programme"},
		{"8.6", "Evaluation of documentation and capabilities"},
	}},
	{"nist-csf", "NIST Cybersecurity Framework 2.0", []Reference{
		{"GV.OC-05", "Outcomes, capabilities and services that the organisation depends on are understood"},
		{"ID.IM-02", "Improvements are identified from tests and exercises"},
		{"ID.RA-07", "Changes and exceptions are managed and assessed for risk"},
		{"PR.AA-05", "Access permissions are defined, managed, enforced and reviewed"},
		{"PR.DS-02", "Data in transit is protected"},
		{"PR.IR-01", "Networks are protected from unauthorised logical access"},
		{"PR.IR-03", "Mechanisms achieve resilience requirements in normal and adverse situations"},
		{"PR.IR-04", "Adequate resource capacity to ensure availability"},
		{"PR.PS-01", "Configuration management practices are applied"},
		{"RC.RP-01", "The recovery part of the incident response plan is executed"},
	}},
	{"nist-800-53", "NIST SP 800-53 Rev. 5", []Reference{
		{"AC-3", "Access Enforcement"},
		{"CM-2", "Baseline Configuration"},
		{"CM-3", "Configuration Change Control"},
		{"CM-4", "Impact Analyses"},
		{"CM-6", "Configuration Settings"},
		{"CP-2", "Contingency Plan"},
		{"CP-2(2)", "Contingency Plan: Capacity Planning"},
		{"CP-2(5)", "Contingency Plan: Continue Mission and Business Functions"},
		{"CP-2(8)", "Contingency Plan: Identify Critical Assets"},
		{"CP-4", "Contingency Plan Testing"},
		{"CP-7", "Alternate Processing Site"},
		{"CP-7(1)", "Alternate Processing Site: Separation from Primary Site"},
		{"CP-7(4)", "Alternate Processing Site: Preparation for Use"},
		{"CP-8(2)", "Telecommunications Services: Single Points of Failure"},
		{"CP-10", "System Recovery and Reconstitution"},
		{"CP-10(4)", "System Recovery and Reconstitution: Restore Within Time Period"},
		{"SC-5(2)", "Denial-of-service Protection: Capacity, Bandwidth, and Redundancy"},
		{"SC-8", "Transmission Confidentiality and Integrity"},
		{"SC-8(1)", "Transmission Confidentiality and Integrity: Cryptographic Protection"},
		{"SC-23", "Session Authenticity"},
		{"SC-36", "Distributed Processing and Storage"},
		{"SI-13", "Predictable Failure Prevention"},
	}},
}

// ControlTitle returns what a reference is about, or false if the list does not have it.
func ControlTitle(framework, ref string) (string, bool) {
	for _, f := range Frameworks {
		if f.Key != framework {
			continue
		}
		i := slices.IndexFunc(f.References, func(r Reference) bool { return r.ID == ref })
		if i >= 0 {
			return f.References[i].Title, true
		}
	}
	return "", false
}
