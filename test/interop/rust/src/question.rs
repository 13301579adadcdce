//! What the caller sends.
use dcap_qvl::QuoteCollateralV3;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Line {
    Define(Definition),
    Question(Question),
}

/// Names a root and collateral for the questions that follow.
#[derive(Deserialize)]
pub struct Definition {
    pub define: String,
    #[serde(flatten)]
    pub platform: Platform,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Platform {
    #[serde(deserialize_with = "bytes")]
    root: Vec<u8>,
    #[serde(deserialize_with = "bytes")]
    root_crl: Vec<u8>,
    #[serde(deserialize_with = "bytes")]
    pck_crl: Vec<u8>,
    pck_crl_issuer_chain: String,
    tcb_info: String,
    #[serde(deserialize_with = "bytes")]
    tcb_info_signature: Vec<u8>,
    qe_identity: String,
    #[serde(deserialize_with = "bytes")]
    qe_identity_signature: Vec<u8>,
    /// Of TCB info and QE identity, in PEM, signer first.
    signing_chain: String,
}

#[derive(Deserialize)]
pub struct Question {
    pub id: u64,
    /// Which definition applies.
    pub with: String,
    #[serde(deserialize_with = "bytes")]
    pub quote: Vec<u8>,
    /// Seconds since 1970.
    pub now: u64,
}

impl Platform {
    pub fn root(&self) -> Vec<u8> {
        self.root.clone()
    }

    pub fn collateral(&self) -> QuoteCollateralV3 {
        QuoteCollateralV3 {
            pck_crl_issuer_chain: self.pck_crl_issuer_chain.clone(),
            root_ca_crl: self.root_crl.clone(),
            pck_crl: self.pck_crl.clone(),
            tcb_info_issuer_chain: self.signing_chain.clone(),
            tcb_info: self.tcb_info.clone(),
            tcb_info_signature: self.tcb_info_signature.clone(),
            qe_identity_issuer_chain: self.signing_chain.clone(),
            qe_identity: self.qe_identity.clone(),
            qe_identity_signature: self.qe_identity_signature.clone(),
            pck_certificate_chain: None,
        }
    }
}

fn bytes<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u8>, D::Error> {
    hex::decode(String::deserialize(input)?).map_err(serde::de::Error::custom)
}
