// @ts-check
/** Every other public name: there, so that an app loads, and refused at once with -1404, so that nothing hangs. */

import { AppError, unsupported, UNSUPPORTED } from "./host.js";

export const checkNFC = unsupported("checkNFC");
export const checkStateBioAuthentication = unsupported("checkStateBioAuthentication");
export const checkZaloCameraPermission = unsupported("checkZaloCameraPermission");
export const connectWifi = unsupported("connectWifi");
export const createCameraContext = unsupported("createCameraContext");
export const displayAd = unsupported("displayAd");
export const downloadFile = unsupported("downloadFile");
export const favoriteApp = unsupported("favoriteApp");
export const getAuthCode = unsupported("getAuthCode");
export const getBeacons = unsupported("getBeacons");
export const getDeviceId = unsupported("getDeviceId");
export const getDeviceIdAsync = unsupported("getDeviceIdAsync");
export const getDeviceInfo = unsupported("getDeviceInfo");
export const getEntrySource = unsupported("getEntrySource");
export const getIDToken = unsupported("getIDToken");
export const getZPIToken = unsupported("getZPIToken");
export const interactOA = unsupported("interactOA");
export const isAllowedInteractWithOA = unsupported("isAllowedInteractWithOA");
export const keepScreen = unsupported("keepScreen");
export const loadAd = unsupported("loadAd");
export const minimizeApp = unsupported("minimizeApp");
export const offConfirmToExit = unsupported("offConfirmToExit");
export const offKeepScreen = unsupported("offKeepScreen");
export const onCallbackData = unsupported("onCallbackData");
export const onConfirmToExit = unsupported("onConfirmToExit");
export const onKeepScreen = unsupported("onKeepScreen");
export const openBioAuthentication = unsupported("openBioAuthentication");
export const openDocument = unsupported("openDocument");
export const openGroupList = unsupported("openGroupList");
export const openPostFeed = unsupported("openPostFeed");
export const openProfile = unsupported("openProfile");
export const openProfilePicker = unsupported("openProfilePicker");
export const refreshAd = unsupported("refreshAd");
export const requestCameraPermission = unsupported("requestCameraPermission");
export const requestUpdateZalo = unsupported("requestUpdateZalo");
export const saveVideoToGallery = unsupported("saveVideoToGallery");
export const scanNFC = unsupported("scanNFC");
export const sendDataToPreviousMiniApp = unsupported("sendDataToPreviousMiniApp");
export const setAccessToken = unsupported("setAccessToken");
export const setAndroidBottomNavigationBar = unsupported("setAndroidBottomNavigationBar");
export const setIOSBottomSafeArea = unsupported("setIOSBottomSafeArea");
export const setStatusBar = unsupported("setStatusBar");
export const setupAd = unsupported("setupAd");
export const showCustomOAWidget = unsupported("showCustomOAWidget");
export const showFunctionButtonWidget = unsupported("showFunctionButtonWidget");
export const showOAWidget = unsupported("showOAWidget");
export const startBeaconDiscovery = unsupported("startBeaconDiscovery");
export const stopBeaconDiscovery = unsupported("stopBeaconDiscovery");
export const unfollowOA = unsupported("unfollowOA");
export const vibrate = unsupported("vibrate");
export const viewOAQr = unsupported("viewOAQr");

/** Constants of the camera, which has no counterpart here: any of them is only ever handed back to functions that refuse. */
const constants = () => new Proxy(Object.freeze({}), { get: (_none, name) => (typeof name === "string" ? name : undefined) });
export const CameraEvents = constants();
export const FacingMode = constants();
export const MediaConstraints = constants();
export const MediaDevice = constants();
export const PhotoConstraint = constants();
export const PhotoFormat = constants();
export const PhotoFrame = constants();
export const PhotoQuality = constants();
export const StreamType = constants();

/** @param {string} name */
const missing = (name) => class {
  constructor() {
    throw new AppError(UNSUPPORTED, `${name} is not available in this app`, name);
  }
};
export const LFSStorage = missing("LFSStorage");
export const ZMACamera = missing("ZMACamera");
export const ZMACameraImp = missing("ZMACameraImp");

export const trackingManager = Object.freeze({ trackEvent: unsupported("trackingManager.trackEvent"), setUserProperties: unsupported("trackingManager.setUserProperties") });
