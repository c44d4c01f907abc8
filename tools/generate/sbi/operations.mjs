// The reviewed table of the SBI: which operations Freehold speaks, under which of 3GPP's service operation names they appear on the tape.
// operationId in the OpenAPI is no name (several are missing, styles differ); the generator fails on a row it cannot find.
// Row: key of the face -> [method, path, service operation]. Callback row: [method, path, callback name, expression, service operation].

/** A service: the YAML, the NF that produces it, and its operations. `root` is set where the file's `servers` has none (TS 29.505, 29.519 hang under Nudr_DR). */
export const services = {
  Nnrf_NFManagement: {
    file: "TS29510_Nnrf_NFManagement.yaml",
    nf: "NRF",
    operations: {
      register: ["PUT", "/nf-instances/{nfInstanceID}", "Nnrf_NFManagement_NFRegister"],
      update: ["PATCH", "/nf-instances/{nfInstanceID}", "Nnrf_NFManagement_NFUpdate"],
      deregister: ["DELETE", "/nf-instances/{nfInstanceID}", "Nnrf_NFManagement_NFDeregister"],
      get: ["GET", "/nf-instances/{nfInstanceID}", "Nnrf_NFManagement_NFProfileRetrieval"],
      list: ["GET", "/nf-instances", "Nnrf_NFManagement_NFListRetrieval"],
      subscribe: ["POST", "/subscriptions", "Nnrf_NFManagement_NFStatusSubscribe"],
      updateSubscription: ["PATCH", "/subscriptions/{subscriptionID}", "Nnrf_NFManagement_NFStatusSubscribe"],
      unsubscribe: ["DELETE", "/subscriptions/{subscriptionID}", "Nnrf_NFManagement_NFStatusUnsubscribe"],
    },
  },
  Nnrf_NFDiscovery: {
    file: "TS29510_Nnrf_NFDiscovery.yaml",
    nf: "NRF",
    operations: { search: ["GET", "/nf-instances", "Nnrf_NFDiscovery_Request"] },
  },
  Nausf_UEAuthentication: {
    file: "TS29509_Nausf_UEAuthentication.yaml",
    nf: "AUSF",
    operations: {
      authenticate: ["POST", "/ue-authentications", "Nausf_UEAuthentication_Authenticate"],
      confirm: ["PUT", "/ue-authentications/{authCtxId}/5g-aka-confirmation", "Nausf_UEAuthentication_Authenticate"],
      deleteResult: ["DELETE", "/ue-authentications/{authCtxId}/5g-aka-confirmation", "Nausf_UEAuthentication_Authenticate"],
    },
  },
  Nudm_UEAuthentication: {
    file: "TS29503_Nudm_UEAU.yaml",
    nf: "UDM",
    operations: {
      get: ["POST", "/{supiOrSuci}/security-information/generate-auth-data", "Nudm_UEAuthentication_Get"],
      resultConfirmation: ["POST", "/{supi}/auth-events", "Nudm_UEAuthentication_ResultConfirmation"],
      deleteResult: ["PUT", "/{supi}/auth-events/{authEventId}", "Nudm_UEAuthentication_ResultConfirmation"],
    },
  },
  Nudm_SDM: {
    file: "TS29503_Nudm_SDM.yaml",
    nf: "UDM",
    operations: {
      getDataSets: ["GET", "/{supi}", "Nudm_SDM_Get"],
      getNssai: ["GET", "/{supi}/nssai", "Nudm_SDM_Get"],
      getAmData: ["GET", "/{supi}/am-data", "Nudm_SDM_Get"],
      getSmfSelectData: ["GET", "/{supi}/smf-select-data", "Nudm_SDM_Get"],
      getUeContextInSmfData: ["GET", "/{supi}/ue-context-in-smf-data", "Nudm_SDM_Get"],
      getSmData: ["GET", "/{supi}/sm-data", "Nudm_SDM_Get"],
      subscribe: ["POST", "/{ueId}/sdm-subscriptions", "Nudm_SDM_Subscribe"],
      unsubscribe: ["DELETE", "/{ueId}/sdm-subscriptions/{subscriptionId}", "Nudm_SDM_Unsubscribe"],
    },
  },
  Nudm_UECM: {
    file: "TS29503_Nudm_UECM.yaml",
    nf: "UDM",
    operations: {
      register3gppAccess: ["PUT", "/{ueId}/registrations/amf-3gpp-access", "Nudm_UECM_Registration"],
      update3gppAccess: ["PATCH", "/{ueId}/registrations/amf-3gpp-access", "Nudm_UECM_Update"],
      get3gppAccess: ["GET", "/{ueId}/registrations/amf-3gpp-access", "Nudm_UECM_Get"],
      registerSmf: ["PUT", "/{ueId}/registrations/smf-registrations/{pduSessionId}", "Nudm_UECM_Registration"],
      getSmf: ["GET", "/{ueId}/registrations/smf-registrations/{pduSessionId}", "Nudm_UECM_Get"],
      listSmf: ["GET", "/{ueId}/registrations/smf-registrations", "Nudm_UECM_Get"],
      deregisterSmf: ["DELETE", "/{ueId}/registrations/smf-registrations/{pduSessionId}", "Nudm_UECM_Deregistration"],
    },
  },
  Nudr_DR: {
    file: "TS29505_Subscription_Data.yaml",
    root: "/nudr-dr/v2",
    nf: "UDR",
    operations: {
      getAuthenticationSubscription: ["GET", "/subscription-data/{ueId}/authentication-data/authentication-subscription", "Nudr_DM_Query"],
      updateAuthenticationSubscription: [
        "PATCH",
        "/subscription-data/{ueId}/authentication-data/authentication-subscription",
        "Nudr_DM_Update",
      ],
      createAuthenticationStatus: ["PUT", "/subscription-data/{ueId}/authentication-data/authentication-status", "Nudr_DM_Create"],
      getAuthenticationStatus: ["GET", "/subscription-data/{ueId}/authentication-data/authentication-status", "Nudr_DM_Query"],
      deleteAuthenticationStatus: ["DELETE", "/subscription-data/{ueId}/authentication-data/authentication-status", "Nudr_DM_Delete"],
      getAmData: ["GET", "/subscription-data/{ueId}/{servingPlmnId}/provisioned-data/am-data", "Nudr_DM_Query"],
      getSmfSelectionData: [
        "GET",
        "/subscription-data/{ueId}/{servingPlmnId}/provisioned-data/smf-selection-subscription-data",
        "Nudr_DM_Query",
      ],
      getSmData: ["GET", "/subscription-data/{ueId}/{servingPlmnId}/provisioned-data/sm-data", "Nudr_DM_Query"],
      createAmfContext3gpp: ["PUT", "/subscription-data/{ueId}/context-data/amf-3gpp-access", "Nudr_DM_Create"],
      updateAmfContext3gpp: ["PATCH", "/subscription-data/{ueId}/context-data/amf-3gpp-access", "Nudr_DM_Update"],
      getAmfContext3gpp: ["GET", "/subscription-data/{ueId}/context-data/amf-3gpp-access", "Nudr_DM_Query"],
      createSmfRegistration: ["PUT", "/subscription-data/{ueId}/context-data/smf-registrations/{pduSessionId}", "Nudr_DM_Create"],
      getSmfRegistration: ["GET", "/subscription-data/{ueId}/context-data/smf-registrations/{pduSessionId}", "Nudr_DM_Query"],
      deleteSmfRegistration: ["DELETE", "/subscription-data/{ueId}/context-data/smf-registrations/{pduSessionId}", "Nudr_DM_Delete"],
      listSmfRegistrations: ["GET", "/subscription-data/{ueId}/context-data/smf-registrations", "Nudr_DM_Query"],
      createSdmSubscription: ["POST", "/subscription-data/{ueId}/context-data/sdm-subscriptions", "Nudr_DM_Create"],
      listSdmSubscriptions: ["GET", "/subscription-data/{ueId}/context-data/sdm-subscriptions", "Nudr_DM_Query"],
      deleteSdmSubscription: ["DELETE", "/subscription-data/{ueId}/context-data/sdm-subscriptions/{subsId}", "Nudr_DM_Delete"],
    },
  },
  Nudr_DR_PolicyData: {
    file: "TS29519_Policy_Data.yaml",
    root: "/nudr-dr/v2",
    nf: "UDR",
    operations: {
      getAmPolicyData: ["GET", "/policy-data/ues/{ueId}/am-data", "Nudr_DM_Query"],
      getSmPolicyData: ["GET", "/policy-data/ues/{ueId}/sm-data", "Nudr_DM_Query"],
    },
  },
  Npcf_AMPolicyControl: {
    file: "TS29507_Npcf_AMPolicyControl.yaml",
    nf: "PCF",
    operations: {
      create: ["POST", "/policies", "Npcf_AMPolicyControl_Create"],
      get: ["GET", "/policies/{polAssoId}", "Npcf_AMPolicyControl_Get"],
      update: ["POST", "/policies/{polAssoId}/update", "Npcf_AMPolicyControl_Update"],
      delete: ["DELETE", "/policies/{polAssoId}", "Npcf_AMPolicyControl_Delete"],
    },
  },
  Npcf_SMPolicyControl: {
    file: "TS29512_Npcf_SMPolicyControl.yaml",
    nf: "PCF",
    operations: {
      create: ["POST", "/sm-policies", "Npcf_SMPolicyControl_Create"],
      get: ["GET", "/sm-policies/{smPolicyId}", "Npcf_SMPolicyControl_Get"],
      update: ["POST", "/sm-policies/{smPolicyId}/update", "Npcf_SMPolicyControl_Update"],
      delete: ["POST", "/sm-policies/{smPolicyId}/delete", "Npcf_SMPolicyControl_Delete"],
    },
  },
  Nnssf_NSSelection: {
    file: "TS29531_Nnssf_NSSelection.yaml",
    nf: "NSSF",
    operations: { get: ["GET", "/network-slice-information", "Nnssf_NSSelection_Get"] },
  },
  Nsmf_PDUSession: {
    file: "TS29502_Nsmf_PDUSession.yaml",
    nf: "SMF",
    operations: {
      createSmContext: ["POST", "/sm-contexts", "Nsmf_PDUSession_CreateSMContext"],
      updateSmContext: ["POST", "/sm-contexts/{smContextRef}/modify", "Nsmf_PDUSession_UpdateSMContext"],
      releaseSmContext: ["POST", "/sm-contexts/{smContextRef}/release", "Nsmf_PDUSession_ReleaseSMContext"],
      retrieveSmContext: ["POST", "/sm-contexts/{smContextRef}/retrieve", "Nsmf_PDUSession_Context"],
    },
  },
  Namf_Communication: {
    file: "TS29518_Namf_Communication.yaml",
    nf: "AMF",
    operations: {
      n1n2MessageTransfer: ["POST", "/ue-contexts/{ueContextId}/n1-n2-messages", "Namf_Communication_N1N2MessageTransfer"],
      statusSubscribe: ["POST", "/subscriptions", "Namf_Communication_AMFStatusChangeSubscribe"],
      statusUnsubscribe: ["DELETE", "/subscriptions/{subscriptionId}", "Namf_Communication_AMFStatusChangeUnSubscribe"],
    },
  },
};

/** Callback services: produced by the NF that gave the URI; operations of one service differ in what follows it, so that the URI tells them apart. Operation row: [method, operation path, callback, expression, name]; `nf` is who usually listens. */
export const callbacks = {
  Nnrf_NFManagement_Callback: {
    file: "TS29510_Nnrf_NFManagement.yaml",
    nf: "NF",
    operations: {
      statusNotify: [
        "POST",
        "/subscriptions",
        "onNFStatusEvent",
        "{$request.body#/nfStatusNotificationUri}",
        "Nnrf_NFManagement_NFStatusNotify",
      ],
    },
  },
  Nudm_UECM_Callback: {
    file: "TS29503_Nudm_UECM.yaml",
    nf: "AMF",
    operations: {
      deregistrationNotification: [
        "PUT",
        "/{ueId}/registrations/amf-3gpp-access",
        "deregistrationNotification",
        "{$request.body#/deregCallbackUri}",
        "Nudm_UECM_DeregistrationNotification",
      ],
    },
  },
  Nudm_SDM_Callback: {
    file: "TS29503_Nudm_SDM.yaml",
    nf: "AMF",
    operations: {
      dataChangeNotification: [
        "POST",
        "/{ueId}/sdm-subscriptions",
        "datachangeNotification",
        "{$request.body#/callbackReference}",
        "Nudm_SDM_Notification",
      ],
    },
  },
  Npcf_AMPolicyControl_Callback: {
    file: "TS29507_Npcf_AMPolicyControl.yaml",
    nf: "AMF",
    operations: {
      updateNotify: [
        "POST",
        "/policies",
        "policyUpdateNotification",
        "{$request.body#/notificationUri}/update",
        "Npcf_AMPolicyControl_UpdateNotify",
      ],
      terminateNotify: [
        "POST",
        "/policies",
        "policyAssocitionTerminationRequestNotification",
        "{$request.body#/notificationUri}/terminate",
        "Npcf_AMPolicyControl_UpdateNotify",
      ],
    },
  },
  Npcf_SMPolicyControl_Callback: {
    file: "TS29512_Npcf_SMPolicyControl.yaml",
    nf: "SMF",
    operations: {
      updateNotify: [
        "POST",
        "/sm-policies",
        "SmPolicyUpdateNotification",
        "{$request.body#/notificationUri}/update",
        "Npcf_SMPolicyControl_UpdateNotify",
      ],
      terminateNotify: [
        "POST",
        "/sm-policies",
        "SmPolicyControlTerminationRequestNotification",
        "{$request.body#/notificationUri}/terminate",
        "Npcf_SMPolicyControl_UpdateNotify",
      ],
    },
  },
  Nsmf_PDUSession_Callback: {
    file: "TS29502_Nsmf_PDUSession.yaml",
    nf: "AMF",
    operations: {
      smContextStatusNotify: [
        "POST",
        "/sm-contexts",
        "smContextStatusNotification",
        "{$request.body#/smContextStatusUri}",
        "Nsmf_PDUSession_SMContextStatusNotify",
      ],
    },
  },
  Namf_Communication_Callback: {
    file: "TS29518_Namf_Communication.yaml",
    nf: "SMF",
    operations: {
      n1n2TransferFailure: [
        "POST",
        "/ue-contexts/{ueContextId}/n1-n2-messages",
        "onN1N2TransferFailure",
        "{$request.body#/n1n2FailureTxfNotifURI}",
        "Namf_Communication_N1N2TransferFailureNotification",
      ],
    },
  },
  Namf_Communication_StatusCallback: {
    file: "TS29518_Namf_Communication.yaml",
    nf: "SMF",
    operations: {
      amfStatusChangeNotify: [
        "POST",
        "/subscriptions",
        "onAmfStatusChange",
        "{$request.body#/amfStatusUri}",
        "Namf_Communication_AMFStatusChangeNotify",
      ],
    },
  },
};
