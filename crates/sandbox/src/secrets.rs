//! Tokens and application secrets, the same for the same seed.
use sha2::{Digest, Sha256};

/// What the faces accept.
pub struct Secrets {
    /// Admin access token of the commerce face.
    pub shopify_access_token: String,
    /// Client id of the app in the commerce face's OAuth.
    pub shopify_client_id: String,
    /// Client secret of the app in the commerce face's OAuth; also signs webhooks.
    pub shopify_client_secret: String,
    /// System-user token of the advertising face.
    pub meta_access_token: String,
    /// App id of the advertising face.
    pub meta_app_id: String,
    /// App secret of the advertising face; key of `appsecret_proof`.
    pub meta_app_secret: String,
    seed: u64,
}

impl Secrets {
    /// The secrets of a seed.
    pub fn from_seed(seed: u64) -> Secrets {
        let digits: String =
            hex(seed, "meta app id").bytes().map(|byte| char::from(b'0' + byte % 10)).collect();
        Secrets {
            shopify_access_token: format!("shpat_{}", &hex(seed, "shopify token")[..32]),
            shopify_client_id: hex(seed, "shopify client")[..32].to_owned(),
            shopify_client_secret: format!("shpss_{}", &hex(seed, "shopify secret")[..32]),
            meta_access_token: format!("EAAB{}", hex(seed, "meta token")),
            meta_app_id: format!("1{}", &digits[..14]),
            meta_app_secret: hex(seed, "meta secret")[..32].to_owned(),
            seed,
        }
    }

    /// 64 hexadecimal digits for any further purpose, such as `stripe webhook secret`.
    pub fn word(&self, purpose: &str) -> String {
        hex(self.seed, purpose)
    }

    /// 32 bytes for a key pair.
    pub fn key_seed(&self, purpose: &str) -> [u8; 32] {
        Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(purpose).finalize().into()
    }
}

/// 64 hexadecimal digits that depend on the seed and the purpose.
fn hex(seed: u64, purpose: &str) -> String {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(purpose).finalize();
    encode(&digest)
}

/// Bytes as lower-case hexadecimal digits.
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depend_on_the_seed_alone() {
        let (one, again, two) = (Secrets::from_seed(1), Secrets::from_seed(1), Secrets::from_seed(2));
        assert_eq!(one.shopify_access_token, again.shopify_access_token);
        assert_eq!(one.meta_app_id, again.meta_app_id);
        assert_ne!(one.meta_access_token, two.meta_access_token);
        assert_eq!(one.shopify_access_token.len(), 38);
        assert_eq!(encode(&[0, 171, 255]), "00abff");
    }
}
